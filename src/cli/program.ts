// Owns the command line as a whole: its nouns, and how each way of ending becomes an exit code.
import { Command, CommanderError } from 'commander'
import { printableLines } from '../protocol/printable.js'
import { WrongUsage } from './verb.js'
import type { World } from './world.js'

type Noun = { about: string; load: () => Promise<{ register(program: Command, world: World): void }> }

/** Only the noun that is asked for is loaded: a server start need not read the whole command line. */
const nouns: Record<string, Noun> = {
  start: { about: 'run the server', load: () => import('./start.js') },
  migrate: { about: 'create the database or bring it up to date', load: () => import('./migrate.js') },
  backup: { about: 'copy the database while the server runs', load: () => import('./backup.js') },
  restore: { about: 'put a backup in the place of the database', load: () => import('./restore.js') },
  move: { about: 'move everything from SQLite to PostgreSQL', load: () => import('./move.js') },
  health: { about: 'ask the running server whether it is ready', load: () => import('./health.js') },
  config: { about: 'show or check the configuration', load: () => import('./config.js') },
  client: { about: 'the apps that sign people in or call APIs', load: () => import('./client.js') },
  registration: { about: 'who may register apps', load: () => import('./registration.js') },
  user: { about: 'the people who sign in', load: () => import('./user.js') },
  resource: { about: 'the APIs (audiences) and their scopes', load: () => import('./resource.js') },
  issuer: {
    about: 'other servers whose word about a person is taken',
    load: () => import('./issuer.js'),
  },
  key: { about: 'the keys that sign tokens', load: () => import('./key.js') },
  session: { about: 'who is signed in', load: () => import('./session.js') },
  grant: { about: 'which app may act for whom', load: () => import('./grant.js') },
  token: { about: 'look into a token or end it', load: () => import('./token.js') },
  audit: { about: 'what has happened', load: () => import('./audit.js') },
}

/** Runs one command. The result is the exit code: 0 done, 1 failed, 2 wrong usage. Never throws. */
export function run(args: readonly string[], world: World): Promise<0 | 1 | 2> {
  const err = (text: string) => world.err(printableLines(text))
  // The one value of --json stays as it is, for programs; all else may be read at a terminal (HT07).
  const out = args.includes('--json') ? world.out : (text: string) => world.out(printableLines(text))
  return runWith(args, { ...world, out, err })
}

async function runWith(args: readonly string[], world: World): Promise<0 | 1 | 2> {
  const program = new Command('grantor')
    .description('A self-hosted OAuth 2.1 and OpenID Connect authorization server')
    .version(world.version)
    .configureOutput({ writeOut: world.out, writeErr: world.err })
    .exitOverride()
    .showHelpAfterError('(add --help for what is expected)')
    .addHelpText('after', '\nEvery command has --help with an example and --json for scripts.')
  const asked = args.find((arg) => !arg.startsWith('-') && arg !== 'help')
  for (const [name, noun] of Object.entries(nouns)) {
    if (name === asked) (await noun.load()).register(program, world)
    else program.command(name).description(noun.about)
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    return ended(error, args.includes('--json'), world)
  }
}

function ended(error: unknown, json: boolean, world: World): 0 | 1 | 2 {
  const told = error instanceof CommanderError
  if (told && error.exitCode === 0) return 0
  const message = error instanceof Error ? error.message : String(error)
  if (!told) world.err(`${message}\n`)
  if (json) world.out(`${JSON.stringify({ error: message.replace(/^error: /, '') })}\n`)
  return told || error instanceof WrongUsage ? 2 : 1
}
