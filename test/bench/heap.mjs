// Owns what our server's heap is asked during a soak: its old space after each full collection.
// Plain JavaScript, loaded into the built server. BENCH_HEAP_FILE: where the bytes are written, as text.
import { writeFileSync } from 'node:fs'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'

const file = process.env.BENCH_HEAP_FILE

new PerformanceObserver((list) => {
  if (!list.getEntries().some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR)) return
  const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')
  writeFileSync(file, String(old?.space_used_size))
}).observe({ entryTypes: ['gc'] })
