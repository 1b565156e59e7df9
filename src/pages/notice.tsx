// Owns the pages of mailed links that ask for one press of a button, and those that say what came of it.
import { closedPolicy } from './csp.js'
import { appName, HiddenFields, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { Account } from './parts.js'
import type { Frame, Page } from './props.js'
import type { ConfirmPageProps, NoticePageProps } from './sign-in-props.js'
import { Name, safeHref } from './text.js'

/** Posts `csrf` to `action`. */
export const confirmPage = (props: ConfirmPageProps): Page => {
  const m = pickMessages(props.locales)
  const { other } = props
  // Only the account's own user may change its address.
  const waits = other !== undefined && props.kind === 'change'
  const { title, submit } = m.confirmEmail[props.kind]
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">
        {m.confirmEmail.about(
          <strong>
            <Name>{props.email}</Name>
          </strong>,
        )}
      </p>
      {other && <p>{m.confirmEmail.other(<Account account={other.account} />)}</p>}
      {!waits && (
        <form method="post" action={props.action}>
          <HiddenFields csrf={props.csrf} />
          <button type="submit" class="primary">
            {submit}
          </button>
        </form>
      )}
      {other && (
        <form method="post" action={props.action} class={waits ? undefined : 'after'}>
          <HiddenFields csrf={props.csrf} fields={other.fields} />
          <button type="submit" class={waits ? 'primary' : undefined}>
            {m.confirmEmail.switch}
          </button>
        </form>
      )}
    </>
  )
  return page({ frame: props, title, csp: closedPolicy, body })
}

/** What has happened, or why nothing has, and where to go from here. */
export const noticePage = (props: NoticePageProps): Page => {
  const m = pickMessages(props.locales)
  const { title, explanation } = m.notices[props.kind]
  const actions = props.actions.length > 0 ? props.actions : [toSignIn(props)]
  const body = (
    <>
      <h1>{title}</h1>
      <p>{explanation}</p>
      <div class="actions">
        {props.backTo && (
          <a class="button primary" href={safeHref(props.backTo.href)}>
            {m.actions.backToApp(appName(m, props.backTo.name))}
          </a>
        )}
        {actions.map(({ kind, href }, index) => (
          <a class={index === 0 && !props.backTo ? 'button primary' : 'button'} href={href}>
            {m.actions[kind]}
          </a>
        ))}
      </div>
    </>
  )
  return page({ frame: props, title, csp: closedPolicy, failed: props.failed === true, body })
}

/** The way on where there is no other. */
const toSignIn = ({ base }: Frame) => ({ kind: 'signIn', href: `${base}/login` }) as const
