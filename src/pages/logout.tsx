// Owns the question whether to sign out, asked where nothing proves that the person wants it.
import { leavingPolicy } from './csp.js'
import { Checkbox } from './fields.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { Account, AppWithHost, Avatar } from './parts.js'
import type { LogoutPageProps, Page } from './props.js'
import { phraseText } from './text.js'

/** Posts `decision` (`allow` signs out, `deny` stays), `disconnect_apps`, `csrf` and the carried fields to `action`. */
export const logoutPage = (props: LogoutPageProps): Page => {
  const m = pickMessages(props.locales)
  const { app, account, backTo } = props
  const title = phraseText(m.logout.title(props.product))
  const body = (
    <>
      <h1>{title}</h1>
      {app && <p class="lead">{m.logout.asks(<AppWithHost m={m} app={app} />)}</p>}
      {account && (
        <div class="account">
          <Avatar account={account} />
          <Account account={account} />
        </div>
      )}
      <p>{m.logout.effect}</p>
      {props.others && <p>{m.logout.others}</p>}
      {backTo && <p>{m.logout.backTo(<AppWithHost m={m} app={backTo} />)}</p>}
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} fields={props.fields} />
        {props.disconnect && <Checkbox name="disconnect_apps">{m.logout.disconnect}</Checkbox>}
        <div class="choice">
          <button type="submit" name="decision" value="deny">
            {m.logout.stay}
          </button>
          <button type="submit" name="decision" value="allow" class="primary">
            {m.logout.submit}
          </button>
        </div>
      </form>
    </>
  )
  return page({ frame: props, title, csp: leavingPolicy, body })
}
