// Owns `grantor key`: the keys that sign tokens.
import type { Command } from 'commander'
import { pino } from 'pino'
import type { Keyring, KeySummary } from '../crypto/keyring.js'
import { type SigningAlg, signingAlgs } from '../protocol/client.js'
import { table, time } from './text.js'
import { addVerb, type Outcome, oneOf, type Verb } from './verb.js'
import { openKeys, record, type Work, withStore } from './work.js'
import type { World } from './world.js'

const list: Verb<unknown> = {
  usage: 'list',
  about: 'list the published keys',
  example: 'npx grantor key list',
  run: (world) => withKeyring(world, async (keyring) => shown(await keyring.list())),
}

const rotate: Verb<{ alg?: SigningAlg; now?: boolean }> = {
  usage: 'rotate',
  about: 'publish the next keys now; they sign once verifiers have had time to fetch them',
  example: 'npx grantor key rotate --alg ES256',
  options: (command) =>
    command
      .option('--alg <alg>', `only the key of one of ${signingAlgs.join(', ')}`, oneOf(signingAlgs))
      .option('--now', 'a key has leaked: the next one signs at once, tokens of the old one are refused'),
  run: (world, { alg, now }) =>
    withKeyring(world, async (keyring, work) => {
      const keys = await keyring.rotate(alg, { immediately: now === true })
      await record(work, { type: 'key.rotated', detail: { alg: alg ?? 'all', immediately: now === true } })
      return shown(keys)
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('key').description('the keys that sign tokens')
  addVerb(noun, world, list)
  addVerb(noun, world, rotate)
}

function withKeyring(
  world: World,
  act: (keyring: Keyring, work: Work) => Promise<Outcome>,
): Promise<Outcome> {
  return withStore(world, async (work) => {
    const { keyring } = await openKeys(work, pino({ level: 'silent' }))
    return act(keyring, work)
  })
}

function shown(keys: readonly KeySummary[]): Outcome {
  const value = keys.map((key) => ({
    kid: key.kid,
    alg: key.alg,
    state: key.state,
    created_at: key.createdAt,
    signs_from: key.signsFrom,
    ...(key.retiredAt !== undefined && { retired_at: key.retiredAt }),
    ...(key.goneAt !== undefined && { gone_at: key.goneAt }),
  }))
  const rows = keys.map((key) => [key.kid, key.alg, key.state, time(key.signsFrom), time(key.goneAt)])
  return {
    value,
    text: table(
      ['kid', 'alg', 'state', 'signs from', 'gone at'],
      rows,
      'No keys yet: start the server once.',
    ),
  }
}
