// Owns the page for everything that cannot be answered to an app: what happened, the way on, the details.
import { closedPolicy, leavingPolicy } from './csp.js'
import { appName, PostForm, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import { Details } from './parts.js'
import type { ErrorPageProps, ExpiredPageProps, Page, PageAction } from './props.js'
import { plainText, safeHref } from './text.js'

/** The page; its status is the caller's to send. */
export const errorPage = (props: ErrorPageProps): Page => {
  const m = pickMessages(props.locales)
  const usable = props.actions.filter(({ href, post, toApp }) => toApp || post || safeHref(href))
  const actions = usable.length > 0 ? usable : [{ label: m.actions.account, href: `${props.base}/account` }]
  const title = plainText(props.title, 200)
  const body = (
    <>
      <h1>{title}</h1>
      <p>{props.explanation}</p>
      <div class="actions">
        {actions.map((action, index) => (
          <Action action={action} primary={index === 0} />
        ))}
      </div>
      <Details m={m} details={props.details} />
    </>
  )
  // A form may lead through /authorize to a client at once.
  const csp = actions.some((action) => formOf(action)) ? leavingPolicy : closedPolicy
  return page({ frame: props, title, csp, failed: true, body })
}

const formOf = ({ post, toApp }: PageAction) => (toApp && 'post' in toApp ? toApp.post : post)

const Action = ({ action, primary }: { action: PageAction; primary: boolean }) => {
  const look = primary ? 'primary' : undefined
  const { toApp } = action
  const post = formOf(action)
  const href = toApp && 'href' in toApp ? toApp.href : safeHref(action.href)
  return post ? (
    <PostForm to={post}>
      <button type="submit" class={look}>
        {action.label}
      </button>
    </PostForm>
  ) : (
    <a class={primary ? 'button primary' : 'button'} href={href}>
      {action.label}
    </a>
  )
}

/** The page of an interaction that ran out, with the way to begin again. Status 400. */
export const expiredPage = (props: ExpiredPageProps): Page => {
  const m = pickMessages(props.locales)
  const { app, restart } = props
  const { title, explanation, noWayOn } = m.problems.expired
  const actions: PageAction[] = []
  if (restart)
    actions.push({ label: m.actions.startAgain, ...('href' in restart ? restart : { post: restart }) })
  if (app?.uri) actions.push({ label: m.actions.backToApp(appName(m, app.name)), href: app.uri })
  return errorPage({
    product: props.product,
    base: props.base,
    locales: props.locales,
    title,
    explanation: restart ? explanation : noWayOn,
    actions,
    details: props.details,
  })
}
