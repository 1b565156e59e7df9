// Owns `npm run test:postgres`: the store's contract, its faults and its races on a real PostgreSQL server.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A case that asserts nothing cannot fail.
    expect: { requireAssertions: true },
    include: [
      'test/store.test.ts',
      'test/store-credentials.test.ts',
      'test/store-status.test.ts',
      'test/store-device.test.ts',
      'test/store-email-key.test.ts',
      'test/store-audit.test.ts',
      'test/store-unproven.test.ts',
      'test/postgres/**/*.test.ts',
      'test/http/throttle.test.ts',
      'test/**/*.postgres.test.ts',
      // For their races, which SQLite decides one statement at a time, and for texts that only SQLite holds.
      'test/security/{code,device,dpop,refresh,storable-text}.test.ts',
    ],
    globalSetup: ['test/postgres/setup.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    // The tests mostly wait: for nodes to start, for time-outs, for the database.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
