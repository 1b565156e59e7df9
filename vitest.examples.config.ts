// Owns `npm run test:examples`: programs in several languages, each in a process of its own, against issuers on loopback.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A case that asserts nothing cannot fail.
    expect: { requireAssertions: true },
    include: ['test/examples/**/*.test.ts'],
    setupFiles: ['test/support/loopback-only.ts'],
    // All at once: they wait most of the time.
    maxWorkers: 8,
    // For lists that must grow old.
    testTimeout: 60_000,
    // A first Go build on a busy machine takes most of a minute.
    hookTimeout: 180_000,
  },
})
