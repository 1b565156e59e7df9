// Owns the choice between the accounts that are signed in here and another one.
import { leavingPolicy } from './csp.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { Account, AppWithHost, Avatar } from './parts.js'
import type { Page, SelectAccountPageProps } from './props.js'
import { Name } from './text.js'

/** Posts `account` (a sub, or `other`) and `csrf` to `action`. */
export const selectAccountPage = (props: SelectAccountPageProps): Page => {
  const m = pickMessages(props.locales)
  const { app, accounts } = props
  const title = m.selectAccount.title
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">
        {app
          ? m.login.toApp(<AppWithHost m={m} app={app} />)
          : m.login.toProduct(<Name>{props.product}</Name>)}
      </p>
      {accounts.length > 0 && (
        <form method="post" action={props.action}>
          <HiddenFields csrf={props.csrf} />
          <div role="radiogroup" aria-label={title}>
            {accounts.map(({ sub, account }, index) => (
              <label class="account">
                <input type="radio" name="account" value={sub} checked={index === 0} />
                <Avatar account={account} />
                <Account account={account} />
              </label>
            ))}
          </div>
          <button type="submit" class="primary">
            {m.selectAccount.submit}
          </button>
        </form>
      )}
      <form method="post" action={props.action} class={accounts.length > 0 ? 'after' : undefined}>
        <HiddenFields csrf={props.csrf} fields={{ account: 'other' }} />
        <button type="submit" class={accounts.length > 0 ? 'quiet' : 'primary'}>
          {accounts.length > 0 ? m.selectAccount.other : m.selectAccount.signIn}
        </button>
      </form>
    </>
  )
  return page({ frame: props, title, csp: leavingPolicy, body })
}
