// Owns the part of `grantor user` that is about how people get in: invitations, second factors, signing out.
import { newId } from '../crypto/handle.js'
import { newLink } from '../mail/link.js'
import { smtpSender } from '../mail/smtp.js'
import { writeMail } from '../pages/write-mail.js'
import { canonicalIdentifier, checkEmail, checkUsername, type User } from '../protocol/user.js'
import { findUser } from './find-user.js'
import { endSessions, onUser } from './on-user.js'
import { time } from './text.js'
import { Failure, type Verb, WrongUsage } from './verb.js'
import { record, type Work, withStore } from './work.js'

type InviteOptions = { email: string; username?: string; name?: string }

export const invite: Verb<InviteOptions> = {
  usage: 'invite',
  about: 'mail a link to choose a password; adds the person if they are new',
  example: 'npx grantor user invite --email ada@example.org --username ada',
  options: (command) =>
    command
      .requiredOption('--email <address>', 'where the invitation goes')
      .option('--username <name>', 'what the person types to sign in; the address unless said')
      .option('--name <name>', 'full name, as apps show it'),
  run: (world, options) =>
    withStore(world, async (work) => {
      const { sub, username } = await invited(work, options)
      await work.store.actionTokens.removeByUser(sub, 'invitation')
      const { email } = options
      const { url: link, expiresAt } = await newLink(work, { purpose: 'invitation', sub, email }, 'trusted')
      await record(work, { type: 'user.invited', sub })
      const mailed = await mailInvitation(work, username, email, link)
      const said = mailed
        ? `A mail has gone to ${email}.`
        : 'No mail server is configured, so pass the link on.'
      return {
        value: { sub, username, link, expires_at: expiresAt, mailed },
        text: `${username} is invited. ${said} It works once, until ${time(expiresAt)}:\n${link}`,
      }
    }),
}

async function invited(work: Work, { email, username = email, name }: InviteOptions): Promise<User> {
  const fault = checkEmail(email) ?? checkUsername(username, email)
  if (fault !== undefined) throw new WrongUsage(fault)
  const known = await work.store.users.findByIdentifier(canonicalIdentifier(email))
  if (known?.hasPassword) throw new Failure(`${known.username} has this address, and a password already.`)
  if (known) return known
  const at = work.now()
  const sub = `u_${newId(at, work.random)}`
  const claims = name === undefined ? {} : { name }
  const person = { sub, username, email, emailVerified: false, claims, disabled: false }
  if (!(await work.store.users.create({ ...person, createdAt: at, updatedAt: at }))) {
    throw new Failure(`The username is taken: ${username}`)
  }
  await record(work, { type: 'user.created', sub })
  return findUser(work, sub)
}

/** Waits for the mail server, so that a refusal is told where somebody can act on it. */
async function mailInvitation(
  { config }: Work,
  username: string,
  to: string,
  link: string,
): Promise<boolean> {
  if (config.smtpUrl === undefined) return false
  const sender = smtpSender(config.smtpUrl, config.mailFrom)
  try {
    await sender.send({ to, ...writeMail(config, [], { kind: 'invitation', link, days: 7, username }) })
    return true
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Failure(`The mail was not sent: ${why}. Until it can be, pass this link on:\n${link}`)
  } finally {
    await sender.close()
  }
}

export const requireSecondFactor: Verb<{ off?: boolean }> = {
  usage: 'require-second-factor <user>',
  about: 'ask the person for a second factor at every sign-in; who has none sets one up then',
  example: 'npx grantor user require-second-factor ada',
  options: (command) => command.option('--off', 'leave it to the person again'),
  run: (world, { off }, who) =>
    withStore(world, async (work) => {
      const { sub, username } = await findUser(work, who as string)
      const required = off !== true
      await work.store.users.setSecondFactorRequired(sub, required, work.now())
      await record(work, { type: 'user.second_factor_policy', sub, detail: { required } })
      return {
        value: { sub, username, second_factor_required: required },
        text: `${username} ${required ? 'must' : 'need not'} prove a second factor.`,
      }
    }),
}

export const resetSecondFactor = onUser(
  'reset-second-factor',
  'for somebody locked out: remove app, recovery codes and passkeys, end all sessions',
  async ({ sub, username }, work) => {
    const { totps, recoveryCodes, passkeys } = work.store
    const app = await totps.remove(sub)
    await work.store.factorRemovals.finish(sub)
    await recoveryCodes.remove(sub)
    const removed = await passkeys.removeByUser(sub)
    const ended = await endSessions(work, sub)
    await record(work, { type: 'user.second_factor_reset', sub })
    return {
      value: { sub, username, totp_removed: app, passkeys_removed: removed, sessions_ended: ended },
      text: `${username} signs in with the password alone; ${removed} passkeys are removed, ${ended} sessions ended.`,
    }
  },
)

export const stopFactorRemoval = onUser(
  'stop-factor-removal',
  'keep the second factors of a user for whom their removal is planned',
  async ({ sub, username }, work) => {
    const stopped = await work.store.factorRemovals.cancel(sub)
    if (stopped)
      await record(work, { type: 'user.factor_removal_stopped', sub, detail: { by: 'administrator' } })
    return {
      value: { sub, username, stopped },
      text: stopped ? `${username} keeps passkeys and app.` : `No removal is planned for ${username}.`,
    }
  },
)

export const signOut: Verb<{ disconnectApps?: boolean }> = {
  usage: 'sign-out <user>',
  about: 'end all sessions of the person',
  example: 'npx grantor user sign-out ada',
  options: (command) => command.option('--disconnect-apps', 'end all connections of apps, too'),
  run: (world, { disconnectApps = false }, who) =>
    withStore(world, async (work) => {
      const { sub, username } = await findUser(work, who as string)
      const ended = await endSessions(work, sub)
      const revoked = disconnectApps
        ? await work.store.grants.revokeByUser(sub, work.now(), 'disconnected by an administrator')
        : 0
      await record(work, { type: 'user.signed_out', sub, detail: { disconnected: disconnectApps } })
      return {
        value: { sub, username, sessions_ended: ended, ...(disconnectApps && { grants_revoked: revoked }) },
        text: `${username}: ${ended} sessions ended${disconnectApps ? `, ${revoked} connections` : ''}.`,
      }
    }),
}
