import type { TestModule } from 'vitest/node';
import type { Reporter } from 'vitest/reporters';

/**
 * Names, after everything else, the tests that passed only when tried again. One of them is a defect, of the test
 * or of the product, and has to be looked into; it does not stop a change that has nothing to do with it.
 */
export class TriedAgain implements Reporter {
  /** Called by vitest when all tests have run. */
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules.flatMap((module) =>
      [...module.children.allTests('passed')]
        .filter((test) => test.diagnostic()?.flaky === true)
        .map((test) => `  ${module.relativeModuleId} > ${test.fullName}`),
    );
    if (names.length > 0) console.log(`\nPassed only when tried again:\n${names.join('\n')}`);
  }
}
