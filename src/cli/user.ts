// Owns `grantor user`: the people who sign in.
import type { Command } from 'commander'
import { newId } from '../crypto/handle.js'
import { createPasswordHasher } from '../crypto/password.js'
import {
  type AboutPerson,
  checkPassword,
  maxPasswordBytes,
  type PasswordRefusal,
  type PreparedPassword,
  passwordLength,
} from '../protocol/password.js'
import { product } from '../protocol/product.js'
import {
  checkEmail,
  checkUsername,
  type StandardClaims,
  standardClaims,
  type User,
} from '../protocol/user.js'
import { findUser } from './find-user.js'
import { endSessions, onUser } from './on-user.js'
import { type Paging, page, pagingOptions } from './paging.js'
import { valuePair } from './pairs.js'
import { facts, table, time } from './text.js'
import { invite, requireSecondFactor, resetSecondFactor, signOut, stopFactorRemoval } from './user-access.js'
import { addVerb, collect, Failure, type Outcome, type Verb, WrongUsage } from './verb.js'
import { configOf, record, type Work, withStore } from './work.js'
import type { World } from './world.js'

type CreateOptions = {
  username: string
  email?: string
  emailVerified?: boolean
  name?: string
  claim?: string[]
}

const create: Verb<CreateOptions> = {
  usage: 'create',
  about: 'add a person; prints { sub, username }',
  example:
    "printf '%s' 'correct horse battery' | npx grantor user create --username ada --email ada@example.org --password-stdin",
  options: (command) =>
    command
      .requiredOption('--username <name>', 'what the person types to sign in')
      .option('--email <address>', 'can be typed to sign in, too')
      .option('--email-verified', 'the address is known to be theirs')
      .option('--name <name>', 'full name, as apps show it')
      .option(
        '--claim <name=value>',
        'any other claim of OpenID Connect Core 5.1, as text or JSON; repeatable',
        collect,
      )
      .requiredOption(
        '--password-stdin',
        'read the password from standard input: GRANTOR_PASSWORD_MIN characters or more',
      ),
  run: async (world, options) => {
    const { username, email } = options
    const fault = checkUsername(username, email) ?? (email === undefined ? undefined : checkEmail(email))
    if (fault !== undefined) throw new WrongUsage(fault)
    const claims = readClaims(options)
    const text = await readPassword(world)
    const password = choosePassword(world, text, { username, email, name: claims.name })
    return withStore(world, async (work) => {
      const at = work.now()
      const sub = `u_${newId(at, work.random)}`
      const user = { sub, username, emailVerified: options.emailVerified === true, claims, disabled: false }
      const whole = { ...user, ...(email !== undefined && { email }), createdAt: at, updatedAt: at }
      if (!(await work.store.users.create(whole, await hashed(password)))) {
        throw new Failure(`The username or e-mail address is taken: ${username}`)
      }
      await record(work, { type: 'user.created', sub })
      return { value: { sub, username } }
    })
  },
}

const list: Verb<Paging> = {
  usage: 'list',
  about: 'list all people',
  example: 'npx grantor user list --limit 20',
  options: pagingOptions,
  run: (world, options) =>
    withStore(world, async ({ store }) => {
      const { rows, notes } = await page(options, (wanted) => store.users.list(wanted))
      const lines = rows.map((user) => [
        user.sub,
        user.username,
        user.email,
        user.claims.name,
        user.disabled ? 'disabled' : 'active',
      ])
      const text = table(['sub', 'username', 'e-mail', 'name', 'state'], lines, 'Nobody yet.')
      return { value: rows.map(toWire), text, notes }
    }),
}

const get = onUser('get', 'show one person', async (user) => {
  const wire = toWire(user)
  const shown = {
    ...wire,
    address: undefined,
    created_at: time(user.createdAt),
    updated_at: time(user.updatedAt),
  }
  return {
    value: wire,
    text: facts({ ...shown, address: user.claims.address && JSON.stringify(user.claims.address) }),
  }
})

const setPassword: Verb<Record<string, never>> = {
  usage: 'set-password <user>',
  about: 'set a new password; ends the sessions and connections of the person',
  example: "printf '%s' 'correct horse battery' | npx grantor user set-password ada",
  options: (command) => command.option('--password-stdin', 'read it from standard input (always so)'),
  run: async (world, _options, who) => {
    const text = await readPassword(world)
    return withStore(world, async (work) => {
      const user = await findUser(work, who as string)
      const password = choosePassword(world, text, { ...user, name: user.claims.name })
      await work.store.users.setPassword(user.sub, await hashed(password), work.now())
      await work.store.users.setPasswordReset(user.sub, undefined)
      await work.store.actionTokens.removeByUser(user.sub)
      const ended = await endSessions(work, user.sub)
      const grants = await work.store.grants.revokeByUser(user.sub, work.now(), 'password changed')
      await record(work, { type: 'user.password_set', sub: user.sub })
      const { sub, username } = user
      return {
        value: { sub, username, sessions_ended: ended, grants_revoked: grants },
        text: `Password of ${username} set; ${ended} sessions and ${grants} connections ended.`,
      }
    })
  },
}

const disable = onUser('disable', 'stop sign-in and end all sessions and connections', (user, work) =>
  setDisabled(user, true, work),
)
const enable = onUser('enable', 'allow sign-in again', (user, work) => setDisabled(user, false, work))

async function setDisabled(user: User, disabled: boolean, work: Work): Promise<Outcome> {
  await work.store.users.setDisabled(user.sub, disabled, work.now())
  await record(work, { type: disabled ? 'user.disabled' : 'user.enabled', sub: user.sub })
  return {
    value: { sub: user.sub, username: user.username, disabled },
    text: `${user.username} is ${disabled ? 'disabled; all sessions and connections have ended' : 'enabled'}.`,
  }
}

const remove = onUser('delete', 'remove a person and all that belongs to them', async (user, work) => {
  await work.store.users.remove(user.sub, work.now())
  await record(work, { type: 'user.deleted', sub: user.sub })
  const { sub, username } = user
  return { value: { sub, username, deleted: true }, text: `${username} is deleted.` }
})

export function register(program: Command, world: World): void {
  const noun = program.command('user').description('the people who sign in')
  addVerb(noun, world, create)
  addVerb(noun, world, setPassword)
  for (const verb of [get, disable, enable, remove, resetSecondFactor, stopFactorRemoval])
    addVerb(noun, world, verb)
  addVerb(noun, world, invite)
  addVerb(noun, world, requireSecondFactor)
  addVerb(noun, world, signOut)
  addVerb(noun, world, list)
}

/** One line end is the terminal's, the rest is the password. */
async function readPassword(world: World): Promise<string> {
  return (await world.readStdin()).replace(/\r?\n$/, '')
}

type About = Pick<AboutPerson, 'username' | 'email' | 'name'>

/** @throws WrongUsage that says what is wrong with the password */
function choosePassword(world: World, text: string, { username, email, name }: About): PreparedPassword {
  const { issuer, passwordMin } = configOf(world)
  const about = { username, email, name, product, host: new URL(issuer).hostname }
  const checked = checkPassword(text, about, passwordMin)
  if ('password' in checked) return checked.password
  throw new WrongUsage(explain(checked.refusal, text, passwordMin))
}

function explain(refusal: PasswordRefusal, text: string, min: number): string {
  switch (refusal) {
    case 'too_short':
      return `A password has at least ${min} characters (GRANTOR_PASSWORD_MIN); this one has ${passwordLength(text)}.`
    case 'too_long':
      return `A password has at most ${maxPasswordBytes} bytes; this one has ${Buffer.byteLength(text)}.`
    case 'characters':
      return 'A password has no control characters and no invisible characters. Some emoji contain them.'
    case 'common':
      return 'This password is among the first that others would try. Choose another one.'
    case 'personal':
      return 'This password is made of a name of the person or of this server. Choose another one.'
  }
}

async function hashed(password: PreparedPassword): Promise<string> {
  const hasher = createPasswordHasher()
  try {
    return await hasher.hash(password)
  } finally {
    await hasher.close()
  }
}

function readClaims({ name, claim }: CreateOptions): StandardClaims {
  const pairs = (claim ?? []).map(valuePair)
  const parsed = standardClaims.safeParse({
    ...Object.fromEntries(pairs),
    ...(name !== undefined && { name }),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = ['--claim', ...(issue?.path ?? [])].join(' ')
  throw new WrongUsage(`${where}: ${issue?.message}`)
}

function toWire(user: User) {
  return {
    sub: user.sub,
    username: user.username,
    ...(user.email !== undefined && { email: user.email, email_verified: user.emailVerified }),
    ...user.claims,
    has_password: user.hasPassword,
    second_factor_required: user.secondFactorRequired,
    disabled: user.disabled,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  }
}
