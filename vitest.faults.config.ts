// Owns `npm run test:faults`: the built server is killed, starved and lied to, and its word is checked afterwards.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/faults/build.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    // Rounds are asked for by FAULT_ROUNDS: five hundred take a quarter of an hour.
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
