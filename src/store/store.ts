// Joins the parts into the one store.
import { actionTokens } from './action-token.js'
import { audit } from './audit.js'
import { clients } from './client.js'
import type { Connection } from './connection.js'
import { consents } from './consent.js'
import type { Store } from './contract.js'
import { passkeys, recoveryCodes, totps } from './credential.js'
import { deniedClients } from './denied-client.js'
import { deviceRequests } from './device-request.js'
import { exchangedTokens } from './exchanged-token.js'
import { factorRemovals } from './factor-removal.js'
import { grants } from './grant.js'
import { interactions } from './interaction.js'
import { keys } from './key.js'
import { logoutCalls } from './logout-call.js'
import { replay, revokedTokens } from './one-shot.js'
import { pushedRequests } from './pushed-request.js'
import { resources } from './resource.js'
import { browsers, sessions } from './session.js'
import { statusLists } from './status-list.js'
import { sweeping } from './sweep.js'
import { tallies } from './tally.js'
import { trustedIssuers } from './trusted-issuer.js'
import { unprovenRows } from './unproven.js'
import { users } from './user.js'
import { writeChecks } from './write-check.js'

export type * from './client-contract.js'
export type * from './contract.js'
export type * from './device-contract.js'
export { StoreConflict, StoreUnavailable } from './fault.js'
export type * from './grant-contract.js'
export type * from './people-contract.js'
export type * from './pushed-contract.js'
export type * from './rows.js'

export function createStore(connection: Connection): Store {
  const { batch, committed, close } = connection
  const granted = grants(connection)
  const calls = logoutCalls(connection)
  const unproven = unprovenRows(connection)
  const removals = factorRemovals(connection)
  const devices = deviceRequests(connection, unproven)
  const pushed = pushedRequests(connection, unproven)
  const people = users(connection, granted, calls, removals)
  const registered = clients(connection, granted, devices, pushed, unproven)
  return {
    clients: registered,
    deniedClients: deniedClients(connection),
    users: people,
    sessions: sessions(connection, calls),
    logoutCalls: calls,
    browsers: browsers(connection),
    totps: totps(connection),
    recoveryCodes: recoveryCodes(connection),
    passkeys: passkeys(connection),
    factorRemovals: removals,
    actionTokens: actionTokens(connection, unproven),
    interactions: interactions(connection, unproven),
    deviceRequests: devices,
    pushedRequests: pushed,
    consents: consents(connection),
    grants: granted,
    resources: resources(connection, granted),
    trustedIssuers: trustedIssuers(connection),
    keys: keys(connection),
    replay: replay(connection, unproven),
    revokedTokens: revokedTokens(connection),
    exchangedTokens: exchangedTokens(connection),
    statusLists: statusLists(connection),
    tallies: tallies(connection),
    audit: audit(connection),
    sweep: sweeping(connection, registered, people),
    ...writeChecks(connection),
    batch,
    committed,
    close,
  }
}
