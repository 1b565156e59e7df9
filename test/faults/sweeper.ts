// A process that sweeps a database until it is killed: `sweeper FILE NOW`.
import { openStore } from '../../src/store/open.js'

const [, , file, now] = process.argv
const store = await openStore(`file:${file}`)
for (;;) {
  const since = store.batch()
  const gone = await store.sweep(Number(now), 50)
  await store.committed(since)
  process.stdout.write(`${gone}\n`)
}
