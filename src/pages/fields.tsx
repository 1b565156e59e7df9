// Owns the parts that forms are made of: fields with their faults, passwords, passkeys, what stands above a form.
import type { Child } from 'hono/jsx'
import type { PasswordError, Throttled } from './account-props.js'
import { PostForm } from './layout.js'
import type { Messages } from './messages/en.js'
import type { PostTarget } from './props.js'

export type Fault = {
  readonly text: string
  /** The ids of the fields to correct. */
  readonly fields: readonly string[]
}

/** What is wrong, above the form, heard first; it leads to the first field to correct. */
export const FaultNotice = ({ m, fault }: { m: Messages; fault: Fault | undefined }) =>
  fault ? (
    <div class="notice bad" role="alert" tabindex={-1} autofocus>
      <strong>{m.problemHeading}</strong>
      <p id="problem">{fault.fields[0] ? <a href={`#${fault.fields[0]}`}>{fault.text}</a> : fault.text}</p>
    </div>
  ) : null

/** For the field of this id: that it is one to correct. */
export const marked = (fault: Fault | undefined, id: string) =>
  fault?.fields.includes(id) ? { 'aria-invalid': 'true' as const, 'aria-describedby': 'problem' } : {}

type FieldProps = {
  id: string
  label: string
  hint?: string | undefined
  value?: string | undefined
  fault?: Fault | undefined
  type?: 'text' | 'email' | 'password'
  autocomplete?: string
  required?: boolean
  autofocus?: boolean
  inputmode?: 'numeric' | 'email'
  /** For what is typed letter by letter: no capital, no corrections. */
  plain?: boolean
  maxlength?: number
}

/** A labelled field; its name is its id. */
export const Field = ({ id, label, hint, fault, type = 'text', plain = false, ...rest }: FieldProps) => {
  const described = [fault?.fields.includes(id) ? 'problem' : '', hint === undefined ? '' : `${id}-hint`]
  const describedBy = described.filter((one) => one !== '').join(' ')
  return (
    <>
      <label for={id} id={type === 'password' ? labelId(id) : undefined}>
        {label}
      </label>
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
      <input
        type={type}
        id={id}
        name={id}
        {...rest}
        {...(plain && { autocapitalize: 'none', spellcheck: false })}
        {...marked(fault, id)}
        {...(describedBy !== '' && { 'aria-describedby': describedBy })}
      />
    </>
  )
}

const labelId = (id: string) => `${id}-label`

type PasswordFieldProps = Omit<FieldProps, 'type' | 'plain'> & { m: Messages }

/** A password with a button that shows it, where scripts run. */
export const PasswordField = ({ m, ...field }: PasswordFieldProps) => (
  <>
    <Field {...field} type="password" />
    <button
      type="button"
      class="quiet"
      data-show-password
      aria-controls={field.id}
      aria-pressed="false"
      aria-describedby={labelId(field.id)}
      hidden
    >
      {m.login.show}
    </button>
  </>
)

export const Checkbox = ({
  name,
  value = '1',
  checked = false,
  children,
}: {
  name: string
  value?: string
  checked?: boolean | undefined
  children: Child
}) => (
  <label class="check">
    <input type="checkbox" name={name} value={value} checked={checked} />
    <span>{children}</span>
  </label>
)

/** Where the script brings the browser's answer, and what it may have to say. */
export const PasskeyParts = ({
  m,
  label,
  primary = false,
}: {
  m: Messages
  label: string
  primary?: boolean
}) => (
  <>
    <input type="hidden" name="passkey" />
    <button type="button" class={primary ? 'primary' : undefined} data-passkey-start hidden>
      {label}
    </button>
    <p
      class="muted"
      role="status"
      hidden
      data-passkey-message
      data-cancelled={m.passkey.cancelled}
      data-failed={m.passkey.failed}
      data-known={m.passkey.known}
    />
  </>
)

/** The way back to the app, which hears that nobody signed in: posts `decision=deny`. */
export const CancelForm = ({ m, to, csrf }: { m: Messages; to: PostTarget | undefined; csrf: string }) =>
  to ? (
    <PostForm to={to} csrf={csrf} class="after">
      <button type="submit" name="decision" value="deny" class="quiet">
        {m.login.cancel}
      </button>
    </PostForm>
  ) : null

export const wait = (seconds: number, locale: string) => {
  const [value, unit] = seconds < 60 ? [Math.max(1, seconds), 'second'] : [Math.ceil(seconds / 60), 'minute']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}

export const throttledText = (m: Messages, { retryAfter }: Throttled, locale: string) =>
  m.login.errors.throttled(wait(retryAfter, locale))

/** What is wrong with a new password, at the field of it. */
export const passwordFault = (
  m: Messages,
  error: PasswordError | undefined,
  minLength: number,
): Fault | undefined => {
  if (!error) return undefined
  const words = m.passwordFaults[error.kind]
  const text = typeof words === 'string' ? words : words(minLength)
  return { text, fields: error.kind === 'busy' ? [] : ['password'] }
}
