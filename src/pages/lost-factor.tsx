// Pages for a user who cannot prove a second factor: the ways there are, and stopping a removal that is planned.
import { closedPolicy, leavingPolicy } from './csp.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Account, AppWithHost, Avatar, Time } from './parts.js'
import type { Page } from './props.js'
import type { LostFactorPageProps, StopRemovalPageProps } from './sign-in-props.js'
import { Name } from './text.js'

/** Posts `csrf` to `action`, which plans the removal. */
export const lostFactorPage = (props: LostFactorPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.lostFactor
  const { app, account, recoveryHref, dueAt, offered } = props
  const body = (
    <>
      <h1>{words.title}</h1>
      <p class="lead">
        {app
          ? m.login.toApp(<AppWithHost m={m} app={app} />)
          : m.login.toProduct(<Name>{props.product}</Name>)}
      </p>
      <div class="account">
        <Avatar account={account} />
        <Account account={account} />
      </div>
      {recoveryHref !== undefined && (
        <p>
          <a class="button" href={recoveryHref}>
            {words.recovery}
          </a>
        </p>
      )}
      <p>{words.administrator}</p>
      {dueAt !== undefined && (
        <p class="notice" role="status">
          {words.planned(<Time at={dueAt} locale={pickRegion(m, props.locales)} />)}
        </p>
      )}
      {dueAt === undefined && offered && (
        <form method="post" action={props.action}>
          <HiddenFields csrf={props.csrf} />
          <p>{words.removal}</p>
          <button type="submit" class="danger">
            {words.submit}
          </button>
        </form>
      )}
      {dueAt === undefined && !offered && <p>{words.noMail}</p>}
      <p class="after">
        <a class="button primary" href={props.back}>
          {words.back}
        </a>
      </p>
    </>
  )
  return page({ frame: props, title: words.title, csp: leavingPolicy, body })
}

/** Posts `csrf` to `action`. */
export const stopRemovalPage = (props: StopRemovalPageProps): Page => {
  const m = pickMessages(props.locales)
  const { title, about, submit } = m.stopRemoval
  const body = (
    <>
      <h1>{title}</h1>
      <p class="lead">{about(<Time at={props.dueAt} locale={pickRegion(m, props.locales)} />)}</p>
      <form method="post" action={props.action}>
        <HiddenFields csrf={props.csrf} />
        <button type="submit" class="primary">
          {submit}
        </button>
      </form>
    </>
  )
  return page({ frame: props, title, csp: closedPolicy, body })
}
