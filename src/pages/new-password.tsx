// Owns choosing a password by a mailed link: a forgotten one, or the first of a new account.
import { closedScriptPolicy, leavingScriptPolicy } from './csp.js'
import { FaultNotice, Field, PasswordField, passwordFault } from './fields.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { Account, Avatar } from './parts.js'
import type { Page } from './props.js'
import type { NewAccountPageProps, ResetPasswordPageProps } from './sign-in-props.js'

/** Posts `password` and `csrf` to `action`. */
export const resetPasswordPage = (props: ResetPasswordPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.newPassword
  const fault = passwordFault(m, props.error, props.minLength)
  const title = words.titles.reset
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">{words.resetEffect}</p>
      <FaultNotice m={m} fault={fault} />
      <div class="account">
        <Avatar account={props.account} />
        <Account account={props.account} />
      </div>
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} />
        <UserName username={props.account.username} />
        <NewPassword m={m} minLength={props.minLength} fault={fault} />
        <button type="submit" class="primary">
          {words.submits.reset}
        </button>
      </form>
    </>
  )
  return page({
    frame: props,
    title,
    csp: closedScriptPolicy,
    failed: fault !== undefined,
    script: true,
    body,
  })
}

/** Posts `name`, `password` and `csrf` to `action`. */
export const newAccountPage = (props: NewAccountPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.newPassword
  const fault = passwordFault(m, props.error, props.minLength)
  const title = words.titles[props.kind]
  const body = (
    <>
      <h1>{title}</h1>
      <FaultNotice m={m} fault={fault} />
      <p class="lead">{words.username}</p>
      <div class="account">
        <Avatar account={{ username: props.username }} />
        <Account account={{ username: props.username }} />
      </div>
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} />
        <UserName username={props.username} />
        <Field
          id="name"
          label={words.name}
          hint={words.nameHint}
          value={props.name}
          autocomplete="name"
          maxlength={200}
        />
        <NewPassword m={m} minLength={props.minLength} fault={fault} />
        <button type="submit" class="primary">
          {words.submits[props.kind]}
        </button>
      </form>
    </>
  )
  return page({
    frame: props,
    title,
    // Whoever was on the way to an app goes on to it.
    csp: leavingScriptPolicy,
    failed: fault !== undefined,
    script: true,
    body,
  })
}

/** For password managers, which keep a password under a name. */
export const UserName = ({ username }: { username: string }) => (
  <input type="text" name="username" value={username} autocomplete="username" hidden readonly />
)

type NewPasswordProps = Pick<Parameters<typeof PasswordField>[0], 'm' | 'fault'> & { minLength: number }

export const NewPassword = ({ m, minLength, fault }: NewPasswordProps) => (
  <PasswordField
    m={m}
    id="password"
    label={m.newPassword.password}
    hint={m.newPassword.passwordHint(minLength)}
    autocomplete="new-password"
    required
    fault={fault}
  />
)
