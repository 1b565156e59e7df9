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
    // For lists that must grow old; a first Go build on a busy machine takes half a minute.
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
