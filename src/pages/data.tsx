// Owns taking one's data along, and deleting the account.
import { accountPage } from './account.js'
import type { DataPageProps, DeletePageProps } from './account-props.js'
import { type Fault, Field } from './fields.js'
import { HiddenFields } from './layout.js'
import { pickMessages } from './messages/pick.js'
import type { Page } from './props.js'
import { plainText } from './text.js'

export const dataPage = (props: DataPageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.account.data
  const body = (
    <>
      <section class="card">
        <h2>{words.exportTitle}</h2>
        <p class="muted">{words.exportLead}</p>
        <a class="button" href={props.exportHref} download="account.json">
          {words.export}
        </a>
      </section>
      <section class="card">
        <h2>{words.deleteTitle}</h2>
        <p class="muted">{words.deleteLead}</p>
        <a class="button danger" href={props.deleteHref}>
          {words.delete}
        </a>
      </section>
    </>
  )
  return accountPage({ m, frame: props, title: words.title, body })
}

/** Posts `confirm` and `csrf` to `action`. */
export const deletePage = (props: DeletePageProps): Page => {
  const m = pickMessages(props.locales)
  const words = m.account.delete
  const fault: Fault | undefined = props.error && { text: words.mismatch, fields: ['confirm'] }
  const body = (
    <>
      <ul class="effects">
        {words.effects.map((effect) => (
          <li>{effect}</li>
        ))}
      </ul>
      <h2>{words.keptTitle}</h2>
      <p>{words.kept(props.auditDays)}</p>
      <p class="muted">{words.why}</p>
      <form method="post" action={props.action} class="card">
        <HiddenFields csrf={props.csrf} />
        <Field
          id="confirm"
          label={words.confirm(plainText(props.username))}
          autocomplete="off"
          plain
          required
          fault={fault}
        />
        <div class="actions">
          <a class="button" href={props.back}>
            {words.back}
          </a>
          <button type="submit" class="danger">
            {words.submit}
          </button>
        </div>
      </form>
    </>
  )
  return accountPage({ m, frame: props, title: words.title, fault, body })
}
