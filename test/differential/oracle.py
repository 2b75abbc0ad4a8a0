"""One Python process that runs ansible-playbook many times: it loads ansible-core and its modules once and forks for each run.

Reads one JSON object a line: {"cwd", "arguments", "witness", "log", "scratch", "seconds"}. Answers one a line: {"status": exit code}.
Python modules run in the worker, which is a fork for each task, instead of a new interpreter: the same code with the same
arguments, but without building and starting an archive each time (0.3 s a task). With become to an account other than root
they run the ordinary way.
"""
import gc
import importlib
import io
import json
import os
import pkgutil
import shutil
import signal
import sys
import tempfile
import time
import traceback

# The settings are read when ansible is imported.
os.environ.update(
    {
        'ANSIBLE_CALLBACK_PLUGINS': os.path.join(os.path.dirname(os.path.abspath(__file__)), 'callback'),
        'ANSIBLE_STDOUT_CALLBACK': 'witness',
        'ANSIBLE_PIPELINING': 'True',
        'ANSIBLE_NOCOLOR': 'True',
        'ANSIBLE_LOCALHOST_WARNING': 'False',
        'ANSIBLE_DEPRECATION_WARNINGS': 'False',
        'ANSIBLE_RETRY_FILES_ENABLED': 'False',
        'ANSIBLE_PYTHON_INTERPRETER': sys.executable,
        'ANSIBLE_HOST_KEY_CHECKING': 'False',
        'ANSIBLE_TIMEOUT': '2',
        'ANSIBLE_FORKS': '5',
    }
)

import ansible.modules  # noqa: E402
from ansible import constants as C  # noqa: E402
from ansible.cli.playbook import PlaybookCLI  # noqa: E402
from ansible.errors import AnsibleError, AnsibleOptionsError, AnsibleParserError  # noqa: E402
from ansible.module_utils import basic  # noqa: E402
from ansible.plugins.action import ActionBase  # noqa: E402
from ansible.utils.display import Display  # noqa: E402
from ansible.vars.clean import remove_internal_keys  # noqa: E402
from ansible.utils.unsafe_proxy import wrap_var  # noqa: E402

PRELOADED = (
    'add_host assemble assert blockinfile command copy debug fail file find getent group_by include_vars lineinfile ping '
    'replace set_fact slurp stat tempfile template wait_for setup fetch'
).split()
MODULES = {name for _, name, _ in pkgutil.iter_modules(ansible.modules.__path__)}
ordinary = ActionBase._execute_module
ordinary_make = ActionBase._make_tmp_path
ordinary_remove = ActionBase._remove_tmp_path
ordinary_fixup = ActionBase._fixup_perms2


def is_here(self):
    """Whether a task runs on this machine as this account: then no shell is needed for temporary files."""
    become = self._connection.become
    other = become is not None and become.get_option('become_user') != 'root'
    return self._connection.transport == 'local' and not other


def make_tmp_path(self, remote_user=None):
    if not is_here(self):
        return ordinary_make(self, remote_user)
    self._connection._shell.tmpdir = tempfile.mkdtemp(prefix='ansible-tmp-')
    return self._connection._shell.tmpdir


def remove_tmp_path(self, tmp_path, force=False):
    if not is_here(self):
        return ordinary_remove(self, tmp_path, force)
    if tmp_path and self._cleanup_remote_tmp and 'ansible-tmp-' in tmp_path:
        shutil.rmtree(tmp_path, ignore_errors=True)
        if self._connection._shell.tmpdir == tmp_path:
            self._connection._shell.tmpdir = None


def fixup_perms(self, remote_paths, remote_user=None, execute=True):
    return remote_paths if is_here(self) else ordinary_fixup(self, remote_paths, remote_user, execute)


def execute(self, module_name=None, module_args=None, tmp=None, task_vars=None, persist_files=False,
            delete_remote_tmp=None, wrap_async=False):
    """ActionBase._execute_module, in this process where that is the same."""
    name = module_name or self._task.action
    short = name.rpartition('.')[2]
    args = self._task.args if module_args is None else module_args
    if wrap_async or self._task.async_val or short not in MODULES or not is_here(self):
        return ordinary(self, module_name, module_args, None, task_vars, persist_files, None, wrap_async)
    if not self._is_pipelining_enabled('new', wrap_async) and self._connection._shell.tmpdir is None:
        self._make_tmp_path()
    task_vars = task_vars or {}
    self._update_module_args(name, args, task_vars)
    final = {}
    for environment in self._task.environment or []:
        if environment:
            final.update(self._templar.template(environment))
    code, out = run_module(short, args, final, self._connection.cwd)
    data = self._parse_returned_data({'rc': code, 'stdout': out, 'stderr': ''})
    data.pop('_ansible_suppress_tmpdir_delete', False)
    remove_internal_keys(data)
    for stream in ('stdout', 'stderr'):
        if stream in data and stream + '_lines' not in data:
            data[stream + '_lines'] = (data.get(stream) or '').splitlines()
    return wrap_var(data)


def run_module(short, args, environment, cwd):
    """Exit code and standard output of a module's main(). What it changes of this process is put back."""
    before = dict(os.environ), os.getcwd(), sys.stdout, sys.argv, os.umask(0o022)
    os.umask(before[4])
    out = io.StringIO()
    code = 0
    try:
        sys.stdout = out
        sys.argv = ['AnsiballZ_' + short]
        os.environ.update({str(key): str(value) for key, value in environment.items()})
        if cwd:
            os.chdir(cwd)
        basic._ANSIBLE_ARGS = json.dumps({'ANSIBLE_MODULE_ARGS': args}).encode()
        importlib.import_module('ansible.modules.' + short).main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        code = 1
        traceback.print_exc(file=out)
    finally:
        os.environ.clear()
        os.environ.update(before[0])
        os.chdir(before[1])
        sys.stdout, sys.argv = before[2], before[3]
        os.umask(before[4])
    return code, out.getvalue()


def run_playbook(order):
    """Never returns: the exit code of ansible-playbook is that of this process."""
    code = 250
    try:
        os.setsid()
        os.chdir(order['cwd'])
        log = os.open(order['log'], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ['WITNESS'] = order['witness']
        tempfile.tempdir = order['scratch']
        code = PlaybookCLI(['ansible-playbook', *order['arguments']]).run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except AnsibleError as error:
        # As CLI.cli_executor does it.
        code = 4 if isinstance(error, AnsibleParserError) else 5 if isinstance(error, AnsibleOptionsError) else 1
        print('ERROR! %s' % error, flush=True)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait_for(child, seconds):
    """Exit code, or 124 when it took too long and was ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    for one in (child,):
        try:
            os.killpg(one, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(one, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


def preload():
    from ansible.plugins.loader import (  # noqa: F401
        action_loader, callback_loader, connection_loader, filter_loader, lookup_loader, strategy_loader, test_loader,
    )
    for name in PRELOADED:
        importlib.import_module('ansible.modules.' + name)
    for loader, names in (
        (action_loader, PRELOADED + ['normal', 'shell']),
        (connection_loader, ['local']),
        (strategy_loader, ['linear', 'free']),
    ):
        for name in names:
            loader.get(name, class_only=True)
    for name in 'file template vars first_found items dict indexed_items sequence subelements together nested fileglob list'.split():
        lookup_loader.get('ansible.builtin.' + name, class_only=True)
    list(filter_loader.all())
    list(test_loader.all())


def main():
    ActionBase._execute_module = execute
    ActionBase._make_tmp_path = make_tmp_path
    ActionBase._remove_tmp_path = remove_tmp_path
    ActionBase._fixup_perms2 = fixup_perms
    preload()
    gc.collect()
    gc.freeze()
    print(json.dumps({'ready': True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            run_playbook(order)
        print(json.dumps({'status': wait_for(child, order['seconds'])}), flush=True)


main()
