import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Folders whose tests need real parts: hosts of the lab, sshd, Jinja. On CI none of them may be skipped. */
const NEVER_SKIPPED_ON_CI = /^test\/(?:connect|differential|e2e|lab|roles|template)\//;

/**
 * Ends a test run with `N passed, N failed, N skipped`, names what was skipped, and fails the run on CI if tests were
 * skipped that need the lab or other real parts: a green run must not hide that half of it did not happen.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests: TestCase[] = modules.flatMap(module => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter(test => test.result().state === state).length;
    const broken = modules.filter(
      module =>
        module.state() === 'failed' && [...module.children.allTests()].every(test => test.result().state !== 'failed'),
    ).length;
    const skipped = tests.filter(test => test.result().state === 'skipped');
    for (const test of skipped.slice(0, 40))
      process.stdout.write(`skipped: ${test.module.relativeModuleId} > ${test.fullName}\n`);
    if (process.env.CI && skipped.some(test => NEVER_SKIPPED_ON_CI.test(test.module.relativeModuleId))) {
      process.stdout.write('Tests that need the lab or other real parts were skipped on CI, where they have to run.\n');
      process.exitCode = 1;
    }
    process.stdout.write(
      `${count('passed')} passed, ${count('failed') + broken + errors.length} failed, ${skipped.length} skipped\n`,
    );
  }
}
