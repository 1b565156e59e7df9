// Owns `npm test`: everything that needs neither a browser, nor a database server, nor the network.
import { defineConfig } from 'vitest/config'

/** Files that replace a module (vi.mock). */
const isolated = ['test/store/binding.test.ts']

export default defineConfig({
  test: {
    setupFiles: ['test/support/loopback-only.ts'],
    // Loading the server anew for each of a hundred files would take longer than most of them. What a file does
    // to a module or a spy must not reach the next: modules are replaced in isolated files only.
    restoreMocks: true,
    // A case that asserts nothing cannot fail.
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          // Here, for what a project includes is added to what all include.
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [
            'test/browser/**',
            'test/bench/**',
            'test/postgres/**',
            'test/examples/**',
            'test/faults/**',
            'test/**/*.postgres.test.ts',
            ...isolated,
          ],
        },
      },
      { extends: true, test: { name: 'isolated', include: isolated } },
    ],
    // A first migration or an argon2 hash on a busy machine takes seconds; a hang still ends.
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
