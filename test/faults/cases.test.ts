// Where each fault of the catalogue is tested: beside what it is about, or here where a process has to suffer.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')

const cases: Record<string, { about: string; files: string[] }> = {
  F01: {
    about: 'kill -9 under load and at chosen moments',
    files: ['faults/kill.test.ts', 'faults/failpoint.test.ts', 'store/sqlite.test.ts'],
  },
  F02: {
    about: 'synchronous=FULL, synchronous_commit',
    files: ['store/sqlite.test.ts', 'postgres/nodes.test.ts'],
  },
  F03: { about: 'a full disk', files: ['faults/disk.test.ts', 'store/barrier.test.ts'] },
  F04: { about: 'an fsync that fails', files: ['store/barrier.test.ts'] },
  F05: { about: 'a lock held elsewhere', files: ['faults/disk.test.ts', 'store/barrier.test.ts'] },
  F06: {
    about: 'a database that is damaged or missing',
    files: ['store/sqlite.test.ts', 'cli/start.test.ts', 'cli/program.test.ts'],
  },
  F07: { about: 'a master key that is missing, wrong or open to all', files: ['cli/start.test.ts'] },
  F08: { about: 'a clock that is wrong', files: ['faults/clock.test.ts', 'cli/start.test.ts'] },
  F09: { about: 'an old state that is restored', files: ['cli/backup.test.ts'] },
  F10: {
    about: 'PostgreSQL goes away',
    files: ['postgres/nodes.test.ts', 'postgres/outage.test.ts', 'postgres/standby.test.ts'],
  },
  F11: { about: 'a standby takes over', files: ['postgres/standby.test.ts'] },
  F12: { about: 'serialisation failures and deadlocks', files: ['store/retry.test.ts'] },
  F13: {
    about: 'rotations at once, or cut off',
    files: [
      'store.test.ts',
      'postgres/nodes.test.ts',
      'postgres/cluster.test.ts',
      'faults/failpoint.test.ts',
    ],
  },
  F14: { about: 'clients that are slow or never read', files: ['faults/end.test.ts'] },
  F15: { about: 'SIGTERM under load', files: ['faults/end.test.ts', 'cli/start.test.ts'] },
  F16: {
    about: 'a migration that is killed, or run by several',
    files: ['faults/grow.test.ts', 'store/sqlite.test.ts', 'postgres/nodes.test.ts'],
  },
  F19: { about: 'a sweep of many rows, and one that is killed', files: ['faults/grow.test.ts'] },
}

it.each(Object.entries(cases))('%s, $about, is where it is said to be', (id, { files }) => {
  for (const file of files) {
    const named = new RegExp(`\\b${id}\\b`)
    expect(readFileSync(path.join(root, file), 'utf8'), file).toMatch(named)
  }
})
