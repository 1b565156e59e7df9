// Owns `npm test`: everything that needs neither a browser, nor a database server, nor the network.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    setupFiles: ['test/support/loopback-only.ts'],
    // Loading the server anew for each of a hundred files would take longer than most of them. What a file does
    // to a spy must not reach the next, and no file replaces a module.
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
          ],
        },
      },
    ],
    // A first migration or an argon2 hash on a busy machine takes seconds; a hang still ends.
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
