// Owns every word of the mails, in German.
import type { MailMessages } from './mail.en.js'
import type { Phrase } from './phrase.js'

export const mailDe: MailMessages = {
  notYou: 'Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Ohne diesen Link geschieht nichts.',
  check: 'Wenn Sie es nicht waren, ändern Sie Ihr Passwort, und beenden Sie Sitzungen, die Sie nicht kennen:',
  tellAdministrator: 'Wenn Sie es nicht waren, sagen Sie es sofort dem Administrator.',
  valid: {
    minutes: (count: number) => `Der Link gilt ${count} Minuten, und einmal.`,
    hours: (count: number) => `Der Link gilt ${count} Stunden, und einmal.`,
    days: (count: number) => `Der Link gilt ${count} Tage, und einmal.`,
  },
  when: 'Wann',
  where: 'Wo',
  unknownBrowser: 'Ein Browser, der nicht sagt, was er ist',
  browserOn: (browser: string, system: string) => `${browser} unter ${system}`,
  footer: (product: string, host: string) => `Diese E-Mail kommt von ${product} auf ${host}.`,

  verifyEmail: {
    subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
    body: 'Jemand, hoffentlich Sie, hat diese Adresse für ein Konto angegeben. Bestätigen Sie, dass es Ihre ist:',
    action: 'Adresse bestätigen',
  },
  changeEmail: {
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    body: 'Jemand, hoffentlich Sie, möchte diese Adresse für sein Konto verwenden. Bestätigen Sie, dass es Ihre ist:',
    action: 'Diese Adresse verwenden',
  },
  resetPassword: {
    subject: 'Wählen Sie ein neues Passwort',
    body: 'Jemand, hoffentlich Sie, hat ein neues Passwort für Ihr Konto angefordert. Wählen Sie es hier:',
    action: 'Passwort wählen',
  },
  registration: {
    subject: 'Erstellen Sie Ihr Konto fertig',
    body: 'Jemand, hoffentlich Sie, hat begonnen, mit dieser Adresse ein Konto zu erstellen. Hier geht es weiter:',
    action: 'Konto erstellen',
  },
  registrationKnown: {
    subject: 'Sie haben schon ein Konto',
    body: 'Jemand, hoffentlich Sie, wollte mit dieser Adresse ein Konto erstellen. Es gibt schon eines. Melden Sie sich hier an:',
    signIn: 'Anmelden',
    reset: 'Wenn Sie Ihr Passwort vergessen haben, wählen Sie ein neues:',
  },
  invitation: {
    subject: (product: string) => `Sie sind zu ${product} eingeladen`,
    body: <T>(product: T, username: T): Phrase<T> => [
      'Ein Administrator von ',
      product,
      ' hat ein Konto für Sie angelegt, mit dem Namen ',
      username,
      '. Wählen Sie ein Passwort, um zu beginnen:',
    ],
    action: 'Passwort wählen',
    unexpected:
      'Wenn Sie es nicht erwartet haben, brauchen Sie nichts zu tun, oder fragen Sie den Administrator, wofür es ist.',
  },
  emailChanged: {
    subject: 'Ihre E-Mail-Adresse ist geändert',
    body: <T>(address: T): Phrase<T> => [
      'Ihr Konto hat jetzt eine andere E-Mail-Adresse: ',
      address,
      '. Hierher kommen keine E-Mails mehr.',
    ],
  },
  appConnected: {
    subject: 'Eine App ist mit Ihrem Konto verbunden',
    body: <T>(app: T, host: T): Phrase<T> => [
      'Sie haben ',
      app,
      ' (',
      host,
      ') erlaubt, Ihr Konto zu verwenden, auch während Sie weg sind, bis Sie sie trennen.',
    ],
    check: 'Wenn Sie es nicht waren, trennen Sie sie, und ändern Sie dann Ihr Passwort:',
    action: 'Ihre verbundenen Apps ansehen',
  },
  newSignIn: {
    subject: 'Eine neue Anmeldung bei Ihrem Konto',
    body: 'Jemand hat sich in einem Browser bei Ihrem Konto angemeldet, den Sie vorher nicht verwendet hatten.',
  },
  passkeys: 'Passkeys',
  twoStep: 'Anmeldung in zwei Schritten',
  on: 'ein',
  off: 'aus',
  none: 'keine',
  passwordReset: {
    subject: 'Ihr Passwort wurde per E-Mail zurückgesetzt',
    body: 'Das Passwort Ihres Kontos wurde mit einem Link in einer E-Mail zurückgesetzt. Alle Sitzungen sind beendet, und alle Apps sind getrennt. Zugang zum Konto gibt es weiterhin damit:',
    apps: 'Getrennte Apps',
    check:
      'Wenn Sie es nicht waren oder etwas davon nicht kennen, melden Sie sich an, und entfernen Sie es. Geht das nicht, sagen Sie es dem Administrator:',
    action: 'Zugänge prüfen',
  },
  factorRemoval: {
    subject: 'Passkeys und Anmeldung in zwei Schritten werden entfernt',
    body: 'Jemand kennt das Passwort Ihres Kontos, kann aber Passkeys und Codes nicht verwenden und möchte sie entfernen lassen. Danach öffnet das Passwort allein das Konto.',
    due: 'Zeitpunkt',
    stop: 'Wenn Sie das nicht waren, stoppen Sie das Entfernen, und wählen Sie ein neues Passwort. Der Link gilt einmal:',
    action: 'Entfernen stoppen',
  },
  factorsRemoved: {
    subject: 'Passkeys und Anmeldung in zwei Schritten sind entfernt',
    body: 'Wie vor 72 Stunden verlangt, sind alle Passkeys und die Anmeldung in zwei Schritten aus Ihrem Konto entfernt und alle Sitzungen beendet. Melden Sie sich mit Ihrem Passwort an, und richten Sie beides neu ein.',
  },
  credentialChanged: {
    password: { subject: 'Ihr Passwort ist geändert', body: 'Das Passwort Ihres Kontos wurde geändert.' },
    passkey_added: {
      subject: 'Ein Passkey wurde hinzugefügt',
      body: 'Zu Ihrem Konto wurde ein Passkey hinzugefügt.',
    },
    passkey_removed: {
      subject: 'Ein Passkey wurde entfernt',
      body: 'Von Ihrem Konto wurde ein Passkey entfernt.',
    },
    second_factor_on: {
      subject: 'Die Anmeldung in zwei Schritten ist ein',
      body: 'Von nun an gehört zum Anmelden bei Ihrem Konto auch ein Code Ihrer App.',
    },
    second_factor_off: {
      subject: 'Die Anmeldung in zwei Schritten ist aus',
      body: 'Von nun an gehört zum Anmelden bei Ihrem Konto kein Code mehr.',
    },
    recovery_codes_renewed: {
      subject: 'Sie haben neue Wiederherstellungscodes',
      body: 'Für Ihr Konto wurden neue Wiederherstellungscodes gemacht. Die bisherigen gelten nicht mehr.',
    },
    recovery_code_used: {
      subject: 'Ein Wiederherstellungscode wurde verwendet',
      body: 'Jemand hat sich mit einem Ihrer Wiederherstellungscodes bei Ihrem Konto angemeldet.',
    },
    account_deleted: {
      subject: 'Ihr Konto ist gelöscht',
      body: 'Ihr Konto ist gelöscht. Nur das Protokoll der Anmeldungen und Änderungen bleibt für begrenzte Zeit gespeichert.',
    },
  },
  sessions: 'Ihre Sitzungen ansehen',
}
