// A process that uses a database until it is killed: `spend FILE` or `open FILE`.
import { openStore } from '../../src/store/open.js'
import { aCode, aGrant, aNewUser, at } from '../support/rows.js'
import { aClient } from '../support/values.js'

const [, , what, file] = process.argv
const store = await openStore(`file:${file}`)
if (what === 'spend') {
  await store.clients.create(aClient('web', {}, { id: 'c' }))
  await store.users.create(aNewUser('u'))
  await store.grants.create(aGrant('g', 'u', 'c'))
  for (let index = 0; ; index++) {
    const since = store.batch()
    await store.grants.create(aGrant(`g-${index}`, 'u', 'c', { code: aCode() }))
    await store.committed(since)
    const next = store.batch()
    await store.grants.redeem(`g-${index}`, { at, expiresAt: at + 100 }, 5)
    if (index === 100) await store.grants.revoke('g', at, 'test')
    await store.committed(next)
    process.stdout.write(`${index}\n`)
  }
}
await store.close()
