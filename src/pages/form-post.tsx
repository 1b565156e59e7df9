// Owns the page that carries an answer to an app by POST (OAuth 2.0 Form Post Response Mode).
import { raw } from 'hono/html'
import { formPostPolicy } from './csp.js'
import { HiddenFields, page } from './layout.js'
import { pickMessages } from './messages/pick.js'
import type { FormPostPageProps, Page } from './props.js'
import { Name } from './text.js'

// Not `form.submit()`: a field of that name would stand in its place.
const script = 'HTMLFormElement.prototype.submit.call(document.forms[0])'

/** Posts the fields to `action`, an absolute URI: by itself, or by its button where scripts are off. */
export const formPostPage = (props: FormPostPageProps): Page => {
  const m = pickMessages(props.locales)
  const { title } = m.formPost
  const { host, protocol } = new URL(props.action)
  const body = (
    <>
      <h1>{title}</h1>
      <p>
        {m.formPost.explanation(
          <strong>
            <Name>{host || protocol}</Name>
          </strong>,
        )}
      </p>
      <p class="muted">{m.formPost.hint}</p>
      <form method="post" action={props.action}>
        <HiddenFields fields={props.fields} />
        <button type="submit" class="primary">
          {m.formPost.submit}
        </button>
      </form>
      <script>{raw(script)}</script>
    </>
  )
  return page({ frame: props, title, csp: formPostPolicy(props.action, script), body })
}
