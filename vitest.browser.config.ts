// Owns `npm run test:browser`: a real Chromium against a real server, one file after the other.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.{ts,tsx}'],
    // One Chromium at a time: two at once on a small machine time out instead of failing honestly.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
