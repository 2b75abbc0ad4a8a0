"""Writes one JSON object a line to the file that $WITNESS names: each result of a task or item, and the recap."""
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = '''
name: witness
type: stdout
short_description: each result as a line of JSON
description: each result as a line of JSON
'''


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'stdout'
    CALLBACK_NAME = 'witness'

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.stream = open(os.environ['WITNESS'], 'w')

    def tell(self, what):
        self.stream.write(json.dumps(what, default=str) + '\n')
        self.stream.flush()

    def result(self, result, outcome, item=False):
        line = {
            'host': result._host.get_name(),
            'task': result._task.name or result._task.get_name(),
            'module': result._task.action.rpartition('.')[2],
            'outcome': outcome,
            'result': result._result,
        }
        if item:
            line['item'] = str(self._get_item_label(result._result))
        self.tell(line)

    def succeeded(self, result, item=False):
        self.result(result, 'changed' if result._result.get('changed') else 'ok', item)

    def v2_runner_on_ok(self, result):
        self.succeeded(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.result(result, 'ignored' if ignore_errors else 'failed')

    def v2_runner_on_skipped(self, result):
        self.result(result, 'skipped')

    def v2_runner_on_unreachable(self, result):
        self.result(result, 'unreachable')

    def v2_runner_item_on_ok(self, result):
        self.succeeded(result, True)

    def v2_runner_item_on_failed(self, result):
        self.result(result, 'failed', True)

    def v2_runner_item_on_skipped(self, result):
        self.result(result, 'skipped', True)

    def v2_playbook_on_play_start(self, play):
        self.tell({'play': play.get_name()})

    def v2_playbook_on_stats(self, stats):
        self.tell({'recap': {host: stats.summarize(host) for host in stats.processed}})
