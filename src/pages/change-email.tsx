// Owns the page on which a user asks for another e-mail address.
import { accountPage } from './account.js'
import type { ChangeEmailPageProps } from './account-props.js'
import { type Fault, Field, throttledText } from './fields.js'
import { HiddenFields } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import type { Page } from './props.js'
import { Name } from './text.js'

const problem = (m: Messages, { error, locales }: ChangeEmailPageProps): Fault | undefined => {
  if (!error) return undefined
  if (error.kind === 'throttled') return { text: throttledText(m, error, pickRegion(m, locales)), fields: [] }
  const text = error.kind === 'email_domain' ? m.emailDomain : m.account.profile.invalid
  return { text, fields: ['email'] }
}

/** Posts `email` and `csrf` to `action`. */
export const changeEmailPage = (props: ChangeEmailPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.account.profile
  const fault = problem(m, props)
  const body = (
    <>
      <p class="lead">{words.changeLead}</p>
      <form method="post" action={props.action} class="card">
        <HiddenFields csrf={props.csrf} />
        <Field
          id="email"
          type="email"
          label={words.newEmail}
          value={props.typedEmail}
          autocomplete="email"
          plain
          required
          fault={fault}
        />
        <button type="submit" class="primary">
          {words.change}
        </button>
      </form>
      <p class="after">
        <a href={props.back}>{m.login.cancel}</a>
      </p>
    </>
  )
  const notice = props.notice && words.sent(<Name>{props.notice.email}</Name>)
  return accountPage({ m, frame: props, title: words.changeTitle, fault, notice, ownPrimary: true, body })
}
