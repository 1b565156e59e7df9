// Owns every table, once for both databases. Each has an expiry that the sweep finds by an index, except client,
// denied_client, account, its passkeys and second factor with their removal, consent, resource, trusted_issuer and
// signing_key, whose rows are as many as an administrator or a person made.
import { sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { AuthorizationRequest } from '../protocol/authorization.js'
import type { ClaimsRequest } from '../protocol/claims.js'
import type { ClientKind, ClientMetadata, SigningAlg } from '../protocol/client.js'
import type { Resource } from '../protocol/resource.js'
import type { IssuerRules } from '../protocol/trusted-issuer.js'
import type { StandardClaims } from '../protocol/user.js'
import type { Dialect } from './dialect.js'
import type { ActionToken, GrantRow, Interaction, KeyState } from './rows.js'

export type Tables = ReturnType<typeof tables>

export function tables(d: Dialect) {
  /** Belongs to a row of another table, and goes when that goes. */
  const of = (parent: () => AnyPgColumn) => d.key().notNull().references(parent, { onDelete: 'cascade' })

  // Only one that made itself known, by a document or a sealed registration, has an expiry.
  const client = d.table(
    'client',
    {
      id: d.key().primaryKey(),
      kind: d.text().$type<ClientKind>().notNull(),
      metadata: d.json<ClientMetadata>().notNull(),
      verified: d.flag().notNull(),
      disabled: d.flag().notNull(),
      ownGrantId: d.key().notNull(),
      createdAt: d.epoch().notNull(),
      updatedAt: d.epoch().notNull(),
      expiresAt: d.epoch(),
    },
    (t) => [d.index('client_expiry').on(t.expiresAt)],
  )

  const deniedClient = d.table(
    'denied_client',
    {
      kind: d.key().$type<'id' | 'host'>().notNull(),
      value: d.key().notNull(),
      createdAt: d.epoch().notNull(),
    },
    (t) => [d.primaryKey({ columns: [t.kind, t.value] })],
  )

  const clientSecret = d.table(
    'client_secret',
    {
      id: d.key().primaryKey(),
      clientId: of(() => client.id),
      hash: d.text().notNull(),
      createdAt: d.epoch().notNull(),
      expiresAt: d.epoch(),
    },
    (t) => [
      d.index('client_secret_by_client').on(t.clientId),
      d.index('client_secret_expiry').on(t.expiresAt),
    ],
  )

  // The keys are the canonical spellings, which decide who is who (ST03). A user name with an @ in it must be the
  // person's own address, so the two unique indexes also keep a name from being another's address.
  const account = d.table(
    'account',
    {
      sub: d.key().primaryKey(),
      username: d.text().notNull(),
      usernameKey: d.key().notNull(),
      email: d.text(),
      emailKey: d.key(),
      emailVerified: d.flag().notNull(),
      claims: d.json<StandardClaims>().notNull(),
      passwordHash: d.text(),
      // The hash is of the prepared form (RFC 8265 4.2); older ones are of what was typed.
      passwordPrepared: d.flag().notNull().default(false),
      passwordSetAt: d.epoch(),
      passwordResetAt: d.epoch(),
      secondFactorRequired: d.flag().notNull().default(false),
      passkeyOfferedAt: d.epoch(),
      disabled: d.flag().notNull(),
      // When the removal began: disabled since then, and emptied in batches.
      removedAt: d.epoch(),
      createdAt: d.epoch().notNull(),
      updatedAt: d.epoch().notNull(),
    },
    (t) => [
      d.uniqueIndex('account_username').on(t.usernameKey),
      d.uniqueIndex('account_email').on(t.emailKey),
      d.index('account_removal').on(t.removedAt).where(sql`${t.removedAt} is not null`),
      d.check(
        'account_username_is_no_foreign_address',
        sql`${t.usernameKey} not like '%@%' or (${t.emailKey} is not null and ${t.usernameKey} = ${t.emailKey})`,
      ),
    ],
  )

  const session = d.table(
    'session',
    {
      id: d.key().primaryKey(),
      secretHash: d.text().notNull(),
      sid: d.key().notNull(),
      sub: of(() => account.sub),
      authTime: d.epoch().notNull(),
      acr: d.text().notNull(),
      amr: d.json<string[]>().notNull(),
      createdAt: d.epoch().notNull(),
      lastSeenAt: d.epoch().notNull(),
      idleExpiresAt: d.epoch().notNull(),
      expiresAt: d.epoch().notNull(),
      kept: d.flag().notNull().default(false),
      confirmedAt: d.epoch(),
      formId: d.text(),
      ip: d.text(),
      browser: d.text(),
      system: d.text(),
    },
    (t) => [
      d.index('session_by_sub').on(t.sub, t.id),
      d.index('session_by_sid').on(t.sid),
      d.index('session_expiry').on(t.expiresAt),
    ],
  )

  const browser = d.table(
    'browser',
    { browserHash: d.key().notNull(), sub: of(() => account.sub), expiresAt: d.epoch().notNull() },
    (t) => [
      d.primaryKey({ columns: [t.browserHash, t.sub] }),
      d.index('browser_by_sub').on(t.sub),
      d.index('browser_expiry').on(t.expiresAt),
    ],
  )

  const totp = d.table('totp', {
    sub: of(() => account.sub).primaryKey(),
    sealed: d.text().notNull(),
    lastStep: d.epoch().notNull(),
    // Names the recovery codes that count. Those made before sets had names are all of the set without one.
    codeSet: d.key().notNull().default(''),
    createdAt: d.epoch().notNull(),
  })

  const recoveryCode = d.table(
    'recovery_code',
    {
      sub: of(() => account.sub),
      hash: d.key().notNull(),
      codeSet: d.key().notNull().default(''),
      createdAt: d.epoch().notNull(),
    },
    (t) => [d.primaryKey({ columns: [t.sub, t.hash] })],
  )

  const passkey = d.table(
    'passkey',
    {
      id: d.key().primaryKey(),
      sub: of(() => account.sub),
      publicKey: d.text().notNull(),
      signCount: d.epoch().notNull(),
      transports: d.json<string[]>().notNull(),
      name: d.text().notNull(),
      synced: d.flag().notNull(),
      backedUp: d.flag().notNull(),
      createdAt: d.epoch().notNull(),
      lastUsedAt: d.epoch(),
    },
    (t) => [d.index('passkey_by_sub').on(t.sub)],
  )

  // Names its own link for the mail: links of other kinds go when a password is reset, and this one must not.
  const factorRemoval = d.table(
    'factor_removal',
    {
      sub: of(() => account.sub).primaryKey(),
      id: d.key().notNull(),
      secretHash: d.text().notNull(),
      requestedAt: d.epoch().notNull(),
      dueAt: d.epoch().notNull(),
      announcedAt: d.epoch(),
      startedAt: d.epoch(),
    },
    (t) => [d.uniqueIndex('factor_removal_id').on(t.id), d.index('factor_removal_due').on(t.dueAt)],
  )

  // What a mailed link proves. Without a person where it is about one who has no account yet; its index and that of
  // the audit hold such rows, too, for a commit of one page less is over sooner (SE04).
  const actionToken = d.table(
    'action_token',
    {
      id: d.key().primaryKey(),
      secretHash: d.text().notNull(),
      purpose: d.text().$type<ActionToken['purpose']>().notNull(),
      sub: d.key().references(() => account.sub, { onDelete: 'cascade' }),
      email: d.text().notNull(),
      interactionId: d.key(),
      createdAt: d.epoch().notNull(),
      expiresAt: d.epoch().notNull(),
      usedAt: d.epoch(),
    },
    (t) => [d.index('action_token_by_sub').on(t.sub), d.index('action_token_expiry').on(t.expiresAt)],
  )

  // No foreign key to the client: every step reads the client again, and a day later the row is gone.
  const interaction = d.table(
    'interaction',
    {
      id: d.key().primaryKey(),
      kind: d.text().$type<Interaction['kind']>().notNull(),
      browserHash: d.text().notNull(),
      clientId: d.key(),
      request: d.json<AuthorizationRequest>(),
      deviceRequestId: d.key(),
      returnTo: d.text(),
      demand: d.json<Interaction['demand']>(),
      pending: d.json<Interaction['pending']>(),
      sub: d.key().references(() => account.sub, { onDelete: 'cascade' }),
      authenticatedAt: d.epoch(),
      accountChosen: d.flag().notNull(),
      consented: d.flag(),
      // Sealed: a stolen database shows no code.
      response: d.text(),
      createdAt: d.epoch().notNull(),
      expiresAt: d.epoch().notNull(),
      completedAt: d.epoch(),
      keepUntil: d.epoch().notNull(),
    },
    (t) => [
      d.index('interaction_by_sub').on(t.sub).where(sql`${t.sub} is not null`),
      d.index('interaction_expiry').on(t.keepUntil),
    ],
  )

  // The user code is a name and no proof: who knows it can only give access, so it stands here as it is. No foreign key
  // to the client, which may have no row before a person lets it in.
  const deviceRequest = d.table(
    'device_request',
    {
      id: d.key().primaryKey(),
      secretHash: d.text().notNull(),
      userCode: d.key().notNull(),
      clientId: d.key().notNull(),
      scope: d.json<string[]>().notNull(),
      resources: d.json<string[]>().notNull(),
      explicitResource: d.flag().notNull(),
      ip: d.text(),
      interval: d.count().notNull(),
      polledAt: d.epoch(),
      answeredIn: d.key(),
      grantId: d.key(),
      createdAt: d.epoch().notNull(),
      expiresAt: d.epoch().notNull(),
      keepUntil: d.epoch().notNull(),
    },
    (t) => [
      d.uniqueIndex('device_request_user_code').on(t.userCode),
      d.index('device_request_by_client').on(t.clientId),
      d.index('device_request_expiry').on(t.keepUntil),
    ],
  )

  // What an app has pushed before it sends a person (RFC 9126); `params` is the text of the form.
  const pushedRequest = d.table(
    'pushed_request',
    {
      id: d.key().primaryKey(),
      // No reference: one that makes itself known has no row before a person lets it in.
      clientId: d.key().notNull(),
      hash: d.text().notNull(),
      params: d.text().notNull(),
      expiresAt: d.epoch().notNull(),
    },
    (t) => [
      d.index('pushed_request_by_client').on(t.clientId),
      d.index('pushed_request_expiry').on(t.expiresAt),
    ],
  )

  const consent = d.table(
    'consent',
    {
      sub: of(() => account.sub),
      clientId: of(() => client.id),
      scope: d.json<string[]>().notNull(),
      resources: d.json<string[]>().notNull(),
      grantedAt: d.epoch().notNull(),
    },
    (t) => [d.primaryKey({ columns: [t.sub, t.clientId] }), d.index('consent_by_client').on(t.clientId)],
  )

  // A client that is to be told when a session ends. It outlives the session and the person: the telling is still to
  // be done when both are gone.
  const logoutCall = d.table(
    'logout_call',
    {
      sid: d.key().notNull(),
      clientId: of(() => client.id),
      sub: d.key().notNull(),
      attempts: d.count().notNull(),
      dueAt: d.epoch(),
      expiresAt: d.epoch().notNull(),
    },
    (t) => [
      d.primaryKey({ columns: [t.sid, t.clientId] }),
      d.index('logout_call_by_sub').on(t.sub).where(sql`${t.dueAt} is null`),
      d.index('logout_call_by_client').on(t.clientId, t.dueAt),
      d.index('logout_call_due').on(t.dueAt, t.clientId).where(sql`${t.dueAt} is not null`),
      d.index('logout_call_expiry').on(t.expiresAt),
    ],
  )

  // No foreign keys: a revoked grant outlives its user and its client, so that the revocation can be told for as
  // long as a token under it could be believed.
  const grant = d.table(
    'access_grant',
    {
      id: d.key().primaryKey(),
      kind: d.text().$type<GrantRow['kind']>().notNull(),
      sub: d.key(),
      clientId: d.key().notNull(),
      sid: d.key(),
      sessionBound: d.flag().notNull(),
      scope: d.json<string[]>().notNull(),
      resources: d.json<string[]>().notNull(),
      explicitResource: d.flag().notNull(),
      claims: d.json<ClaimsRequest>(),
      nonce: d.text(),
      authTime: d.epoch(),
      acr: d.text(),
      amr: d.json<string[]>(),
      statusList: d.count(),
      statusIndex: d.count(),
      statusRetiredAt: d.epoch(),
      secret: d.text().notNull(),
      generation: d.count().notNull(),
      rotatedAt: d.epoch(),
      createdAt: d.epoch().notNull(),
      lastUsedAt: d.epoch(),
      refreshIdleExpiresAt: d.epoch(),
      refreshExpiresAt: d.epoch(),
      revokedAt: d.epoch(),
      revokedReason: d.text(),
      expiresAt: d.epoch().notNull(),
      codeHash: d.text(),
      redirectUri: d.text(),
      codeChallenge: d.text(),
      codeExpiresAt: d.epoch(),
      codeUsedAt: d.epoch(),
      codeMisses: d.count(),
      jkt: d.text(),
    },
    (t) => [
      // Of those that are not revoked: a batch finds what is left without passing what was revoked before it (EX06).
      d
        .index('grant_by_sub')
        .on(t.sub, t.clientId, t.id)
        .where(sql`${t.sub} is not null and ${t.revokedAt} is null`),
      d
        .index('grant_by_session')
        .on(t.sub, t.sessionBound, t.sid)
        .where(sql`${t.sid} is not null and ${t.revokedAt} is null`),
      d.index('grant_by_client').on(t.clientId, t.id).where(sql`${t.revokedAt} is null`),
      d.index('grant_expiry').on(t.expiresAt),
    ],
  )

  const resource = d.table('resource', {
    identifier: d.key().primaryKey(),
    name: d.text().notNull(),
    scopes: d.json<Resource['scopes']>().notNull(),
    defaultScope: d.json<Resource['defaultScope']>().notNull().default(sql`'[]'`),
    // What older programs register is open to every client, as everything was for them.
    clients: d.json<Resource['clients']>().notNull().default(sql`'"all"'`),
    tokenFormat: d.text().$type<Resource['tokenFormat']>().notNull(),
    tokenTtl: d.count(),
    signingAlg: d.text().$type<SigningAlg>(),
    isDefault: d.flag().notNull(),
    disabled: d.flag().notNull(),
    createdAt: d.epoch().notNull(),
  })

  const trustedIssuer = d.table('trusted_issuer', {
    issuer: d.key().primaryKey(),
    rules: d.json<IssuerRules>().notNull(),
    disabled: d.flag().notNull(),
    createdAt: d.epoch().notNull(),
  })

  // One pending and one active key per algorithm, whatever number of nodes rotates at once (F13).
  const signingKey = d.table(
    'signing_key',
    {
      kid: d.key().primaryKey(),
      alg: d.text().$type<SigningAlg>().notNull(),
      state: d.text().$type<KeyState>().notNull(),
      sealed: d.text().notNull(),
      publicJwk: d.json<Record<string, unknown>>().notNull(),
      createdAt: d.epoch().notNull(),
      activatedAt: d.epoch(),
      retiredAt: d.epoch(),
    },
    (t) => [
      d.uniqueIndex('signing_key_one_pending').on(t.alg).where(sql`${t.state} = 'pending'`),
      d.uniqueIndex('signing_key_one_active').on(t.alg).where(sql`${t.state} = 'active'`),
    ],
  )

  // Places are counted up and given out once; a list without an expiry is the one that is being filled.
  // One with fewer than none taken is withdrawn as a whole.
  const statusList = d.table(
    'status_list',
    { id: d.count().primaryKey(), taken: d.count().notNull(), expiresAt: d.epoch() },
    (t) => [d.index('status_list_expiry').on(t.expiresAt)],
  )

  // Written by the triggers on access_grant, in the statement that revokes: what ends a grant or retires its index
  // cannot forget this. In PostgreSQL too the ids are in the order of the commits.
  const revocation = d.table(
    'revocation',
    {
      id: d.sequence(),
      list: d.count().notNull(),
      index: d.count().notNull(),
      expiresAt: d.epoch().notNull(),
    },
    (t) => [d.index('revocation_expiry').on(t.expiresAt)],
  )

  const replayMarker = d.table(
    'replay_marker',
    { key: d.key().primaryKey(), expiresAt: d.epoch().notNull() },
    (t) => [d.index('replay_marker_expiry').on(t.expiresAt)],
  )

  const revokedToken = d.table(
    'revoked_token',
    { jti: d.key().primaryKey(), expiresAt: d.epoch().notNull() },
    (t) => [d.index('revoked_token_expiry').on(t.expiresAt)],
  )

  // A token that was had for another. Its `jti` begins with that of the token it was made from, so what is made from
  // a token, or under a grant, is a range of the key. Triggers on access_grant end these with the grant, and one here
  // writes the revocation.
  const exchangedToken = d.table(
    'exchanged_token',
    {
      jti: d.key().primaryKey(),
      statusList: d.count(),
      statusIndex: d.count(),
      revokedAt: d.epoch(),
      expiresAt: d.epoch().notNull(),
    },
    (t) => [d.index('exchanged_token_expiry').on(t.expiresAt)],
  )

  // What the brakes count, between all nodes. The keys are hashes: nothing that was typed is kept.
  const tally = d.table(
    'tally',
    {
      key: d.key().primaryKey(),
      count: d.count().notNull(),
      openAt: d.epoch().notNull(),
      life: d.text().notNull(),
      // Attempts that are being judged. A node that dies takes its own with it: from the second column on there are none.
      inFlight: d.count().notNull().default(0),
      inFlightUntil: d.epoch().notNull().default(0),
      expiresAt: d.epoch().notNull(),
    },
    (t) => [d.index('tally_expiry').on(t.expiresAt)],
  )

  // One row, which each node writes again and again to see that it can (write-check.ts).
  const writeCheck = d.table('write_check', {
    id: d.key().primaryKey(),
    at: d.epoch().notNull(),
    filler: d.text().notNull(),
  })
  // What requests leave before a user has proven anything: the row of another table that each stands for, and what that
  // costs. In the order in which they came: the oldest make room (EX01). No foreign key, since it is a row of any table.
  const unproven = d.table(
    'unproven',
    {
      id: d.sequence(),
      kind: d.text().notNull(),
      row: d.key().notNull(),
      address: d.key().notNull(),
      bytes: d.count().notNull(),
      expiresAt: d.epoch().notNull(),
    },
    (t) => [
      d.index('unproven_by_address').on(t.address, t.id, t.bytes),
      d.index('unproven_by_row').on(t.row),
      d.index('unproven_expiry').on(t.expiresAt),
    ],
  )

  const audit = d.table(
    'audit',
    {
      id: d.key().primaryKey(),
      at: d.epoch().notNull(),
      type: d.text().notNull(),
      sub: d.key(),
      clientId: d.key(),
      grantId: d.key(),
      sessionId: d.key(),
      ip: d.text(),
      detail: d.json<Record<string, unknown>>(),
      // Of the events that anyone can cause, which share a row for a while.
      count: d.count(),
      countKey: d.key(),
      expiresAt: d.epoch().notNull(),
    },
    (t) => [
      d.index('audit_by_sub').on(t.sub, t.id),
      d.index('audit_expiry').on(t.expiresAt),
      d.uniqueIndex('audit_count_key').on(t.countKey),
    ],
  )

  return {
    client,
    deniedClient,
    clientSecret,
    account,
    session,
    browser,
    totp,
    recoveryCode,
    passkey,
    factorRemoval,
    actionToken,
    interaction,
    deviceRequest,
    pushedRequest,
    consent,
    logoutCall,
    grant,
    resource,
    trustedIssuer,
    signingKey,
    statusList,
    revocation,
    replayMarker,
    revokedToken,
    exchangedToken,
    tally,
    writeCheck,
    unproven,
    audit,
  }
}
