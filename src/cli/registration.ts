// Owns `grantor registration`: who may register apps (RFC 7591 3).
import type { Command } from 'commander'
import { pino } from 'pino'
import { type Invitation, makeInvitation, readInvitation } from '../crypto/client-registration.js'
import { newId } from '../crypto/handle.js'
import { noPkceWarning } from './client-notes.js'
import { addVerb, Failure, type Verb, wholeNumber } from './verb.js'
import { openKeys, record, type Work, withStore } from './work.js'
import type { World } from './world.js'

const invite: Verb<{ uses: number; ttl: number; allowNoPkce?: boolean }> = {
  usage: 'invite',
  about: 'make an initial access token, with which apps register themselves',
  example: 'npx grantor registration invite --uses 5 --ttl 604800',
  options: (command) =>
    command
      .option('--uses <count>', 'how many apps may be registered with it', wholeNumber(1, 1_000_000), 1)
      .option('--ttl <seconds>', 'how long it is good', wholeNumber(60, 31_536_000), 86_400)
      .option(
        '--allow-no-pkce',
        'let the apps register with require_pkce=false; each of them must check nonce',
      ),
  run: (world, { uses, ttl, allowNoPkce }) =>
    withStore(world, async (work) => {
      const id = newId(work.now(), work.random)
      const invitation = { id, exp: work.now() + ttl, uses, ...(allowNoPkce && { allowNoPkce }) }
      const { secrets } = await openKeys(work, pino({ level: 'silent' }))
      await record(work, { type: 'registration.invited', detail: invitation })
      const value = {
        initial_access_token: makeInvitation(secrets, invitation, work.random),
        uses,
        expires_at: invitation.exp,
        ...(allowNoPkce && { allow_no_pkce: true }),
      }
      return { value, notes: [...notesOn(work), ...(allowNoPkce ? [noPkceWarning] : [])] }
    }),
}

const withdraw: Verb<unknown> = {
  usage: 'withdraw [token]',
  about: 'make an initial access token worthless; without an argument it is read from standard input',
  example: 'echo "$TOKEN" | npx grantor registration withdraw',
  run: (world, _options, given) =>
    withStore(world, async (work) => {
      const text = ((given as string | undefined) ?? (await world.readStdin())).trim()
      const { secrets } = await openKeys(work, pino({ level: 'silent' }))
      const invitation: Invitation | undefined = readInvitation(secrets, text)
      if (!invitation) throw new Failure('This is no initial access token of this server.')
      await work.store.revokedTokens.add(invitation.id, invitation.exp)
      await record(work, { type: 'registration.withdrawn', detail: { id: invitation.id } })
      return { value: { withdrawn: true }, text: 'The token registers no more apps; those that it has stay.' }
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('registration').description('who may register apps')
  addVerb(noun, world, invite)
  addVerb(noun, world, withdraw)
}

function notesOn({ config }: Work): string[] {
  const notes = ['Keep the token: it is not shown again.']
  if (config.clientRegistration !== 'off') return notes
  return [...notes, 'Registration is off: it is good once GRANTOR_CLIENT_REGISTRATION is token or open.']
}
