// Owns changing one's password.
import { accountPage } from './account.js'
import type { PasswordPageProps } from './account-props.js'
import { Checkbox, passwordFault } from './fields.js'
import { HiddenFields } from './layout.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { NewPassword, UserName } from './new-password.js'
import { Time } from './parts.js'
import type { Page } from './props.js'

/** Posts `password`, `end_sessions`, `disconnect_apps` and `csrf` to `action`. */
export const passwordPage = (props: PasswordPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.account.password
  const locale = pickRegion(m, props.locales)
  const fault = passwordFault(m, props.error, props.minLength)
  const body = (
    <>
      {props.hasPassword ? null : <p class="lead">{words.none}</p>}
      {props.setAt !== undefined && (
        <p class="lead">
          {words.lastChanged} <Time at={props.setAt} locale={locale} />
        </p>
      )}
      <form method="post" action={props.action} class="card">
        <HiddenFields csrf={props.csrf} />
        <UserName username={props.username} />
        <NewPassword m={m} minLength={props.minLength} fault={fault} />
        <Checkbox name="end_sessions" checked>
          {words.endSessions}
        </Checkbox>
        <Checkbox name="disconnect_apps">{words.disconnect}</Checkbox>
        <button type="submit" class="primary">
          {props.hasPassword ? words.submit : words.submitFirst}
        </button>
      </form>
    </>
  )
  const notice = props.notice && words.changed
  return accountPage({
    m,
    frame: props,
    title: words.title,
    fault,
    notice,
    script: true,
    ownPrimary: true,
    body,
  })
}
