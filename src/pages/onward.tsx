// The page that leads back to an app by itself, to begin there anew: for a user whom the app knows already.
import { closedPolicy } from './csp.js'
import { page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { AppWithHost } from './parts.js'
import type { OnwardPageProps, Page } from './props.js'
import { safeHref } from './text.js'

export const onwardPage = (props: OnwardPageProps): Page => {
  const m = pickMessages(props.locales)
  const { title } = m.formPost
  const href = safeHref(props.href) ?? `${props.base}/account`
  const body = (
    <>
      <h1>{title}</h1>
      <p>{m.formPost.explanation(<AppWithHost m={m} app={props.app} />)}</p>
      <p class="muted">{m.formPost.hint}</p>
      <div class="actions">
        <a class="button primary" href={href}>
          {m.formPost.submit}
        </a>
      </div>
    </>
  )
  return page({ frame: props, title, csp: closedPolicy, refresh: href, body })
}
