// Joins the parts into the one store.
import { actionTokens } from './action-token.js'
import { audit } from './audit.js'
import { clients } from './client.js'
import type { Connection } from './connection.js'
import { consents } from './consent.js'
import type { Store } from './contract.js'
import { passkeys, recoveryCodes, totps } from './credential.js'
import { grants } from './grant.js'
import { interactions } from './interaction.js'
import { keys } from './key.js'
import { logoutCalls } from './logout-call.js'
import { codes, replay, revokedTokens } from './one-shot.js'
import { resources } from './resource.js'
import { browsers, sessions } from './session.js'
import { statusLists } from './status-list.js'
import { sweeping } from './sweep.js'
import { tallies } from './tally.js'
import { users } from './user.js'

export type * from './contract.js'
export { StoreConflict, StoreUnavailable } from './fault.js'
export type * from './grant-contract.js'
export type * from './people-contract.js'
export type * from './rows.js'

export function createStore(connection: Connection): Store {
  const { ready, batch, committed, close } = connection
  const granted = grants(connection)
  const calls = logoutCalls(connection)
  return {
    clients: clients(connection, granted),
    users: users(connection, granted, calls),
    sessions: sessions(connection, calls),
    logoutCalls: calls,
    browsers: browsers(connection),
    totps: totps(connection),
    recoveryCodes: recoveryCodes(connection),
    passkeys: passkeys(connection),
    actionTokens: actionTokens(connection),
    interactions: interactions(connection),
    consents: consents(connection),
    grants: granted,
    codes: codes(connection),
    resources: resources(connection, granted),
    keys: keys(connection),
    replay: replay(connection),
    revokedTokens: revokedTokens(connection),
    statusLists: statusLists(connection),
    tallies: tallies(connection),
    audit: audit(connection),
    sweep: sweeping(connection),
    ready,
    batch,
    committed,
    close,
  }
}
