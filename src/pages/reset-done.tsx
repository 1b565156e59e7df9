// The page after a reset of the password by mail: what else gives access to the account.
import type { Child } from 'hono/jsx'
import { closedPolicy } from './csp.js'
import { appName, page } from './layout.js'
import type { Messages } from './messages/en.js'
import { pickMessages, pickRegion } from './messages/pick.js'
import { Time } from './parts.js'
import type { Page } from './props.js'
import type { ResetDonePageProps } from './sign-in-props.js'
import { Name, safeHref } from './text.js'

export const resetDonePage = (props: ResetDonePageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.resetDone
  const { passkeys, twoStepSince, apps, onwardHref, backTo } = props
  const locale = pickRegion(m, props.locales)
  const body = (
    <>
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <h2>{m.access.passkeys}</h2>
      <List
        m={m}
        items={passkeys.map(({ name, created, lastUsed }) => (
          <li>
            <Name>{name}</Name>
            <br />
            <small>
              {m.access.created} <Time at={created} locale={locale} />
              {lastUsed !== undefined && (
                <>
                  {m.separator}
                  {m.access.lastUsed} <Time at={lastUsed} locale={locale} />
                </>
              )}
            </small>
          </li>
        ))}
      />
      <h2>{m.access.twoStep}</h2>
      <p>
        {twoStepSince === undefined ? (
          m.access.off
        ) : (
          <>
            {m.access.since} <Time at={twoStepSince} locale={locale} />
          </>
        )}
      </p>
      <h2>{words.apps}</h2>
      <List
        m={m}
        items={apps.map((app) => (
          <li>
            <bdi>{appName(m, app.name)}</bdi>{' '}
            <span class="host">
              (<Name>{app.host}</Name>)
            </span>
          </li>
        ))}
      />
      <div class="actions">
        <a class="button primary" href={props.checkHref}>
          {words.check}
        </a>
        {onwardHref !== undefined && (
          <a class="button" href={onwardHref}>
            {words.goOn}
          </a>
        )}
        {backTo && (
          <a class="button" href={safeHref(backTo.href)}>
            {m.actions.backToApp(appName(m, backTo.name))}
          </a>
        )}
      </div>
    </>
  )
  return page({ frame: props, title: words.title, csp: closedPolicy, body })
}

const List = ({ m, items }: { m: Messages; items: Child[] }) =>
  items.length > 0 ? <ul>{items}</ul> : <p>{m.access.none}</p>
