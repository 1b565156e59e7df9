// Owns the page after signing out, with the way back where an app registered one.
import { closedPolicy, framesPolicy } from './csp.js'
import { appName, page } from './layout.js'
import { LogoutFrames } from './leaving.js'
import { pickMessages } from './messages/pick.js'
import type { LoggedOutPageProps, Page } from './props.js'
import { Name, safeHref } from './text.js'

export const loggedOutPage = (props: LoggedOutPageProps): Page => {
  const m = pickMessages(props.locales)
  const { app, frames = [] } = props
  const back = props.onwardHref ?? safeHref(app?.uri)
  const { title } = m.loggedOut
  const body = (
    <>
      <h1>{title}</h1>
      <p>{m.loggedOut.explanation(<Name>{props.product}</Name>)}</p>
      <p class="muted">{m.loggedOut.hint}</p>
      <div class="actions">
        {app && back && (
          <a class="button primary" href={back}>
            {m.actions.backToApp(appName(m, app.name))}
          </a>
        )}
        <a class={back ? 'button' : 'button primary'} href={`${props.base}/account`}>
          {m.loggedOut.signIn}
        </a>
      </div>
      <LogoutFrames frames={frames} />
    </>
  )
  const csp = frames.length > 0 ? framesPolicy(frames) : closedPolicy
  return page({ frame: props, title, csp, body })
}
