// Words about everything that gives access to an account, and about lost second factors, in German.
import type { accessEn } from './access.en.js'
import type { Phrase } from './phrase.js'

export const accessDe: typeof accessEn = {
  lostFactor: {
    link: 'Zweiten Schritt verloren',
    title: 'Zweiten Schritt verloren?',
    recovery: 'Wiederherstellungscode verwenden',
    administrator:
      'Ein Administrator kann Passkeys und Anmeldung in zwei Schritten für dieses Konto sofort entfernen.',
    removal:
      'Auch ohne Administrator lassen sich alle Passkeys und die Anmeldung in zwei Schritten entfernen. Zuerst kommt eine E-Mail. 72 Stunden später wird entfernt, außer jemand hält es mit dem Link in der E-Mail auf oder meldet sich mit einem Passkey oder Code an.',
    noMail:
      'Es gibt keine bestätigte E-Mail-Adresse für eine Warnung. Deshalb kann nur ein Administrator sie entfernen.',
    submit: 'In 72 Stunden entfernen',
    planned: <T>(time: T): Phrase<T> => [
      'Alle Passkeys und die Anmeldung in zwei Schritten werden entfernt: ',
      time,
      '. Der Link in der E-Mail hält das auf. Danach genügt zum Anmelden das Passwort.',
    ],
    back: 'Zurück',
  },

  stopRemoval: {
    title: 'Passkeys und Anmeldung in zwei Schritten behalten?',
    about: <T>(time: T): Phrase<T> => ['Sie werden entfernt, wenn es niemand aufhält: ', time, '.'],
    submit: 'Entfernen aufhalten',
  },

  access: {
    passkeys: 'Passkeys',
    twoStep: 'Anmeldung in zwei Schritten',
    apps: 'Verbundene Apps',
    none: 'Keine',
    on: 'Ein',
    off: 'Aus',
    created: 'Erstellt',
    lastUsed: 'Zuletzt verwendet',
    since: 'Seit',
    required: 'Ein Administrator verlangt sie, deshalb bleibt sie.',
  },

  resetDone: {
    title: 'Ihr Passwort ist geändert',
    lead: 'Alle Sitzungen sind beendet und alle Apps getrennt. Passkeys und Anmeldung in zwei Schritten bleiben, wie sie waren. Wer einen Passkey hat, kann sich damit anmelden. Bitte prüfen, ob alle bekannt sind.',
    apps: 'Getrennte Apps',
    check: 'Anmelden und prüfen',
    goOn: 'Anmelden und weiter',
  },

  check: {
    title: 'Zugänge prüfen',
    lead: 'Alles hier gibt Zugang zum Konto, auch ohne Passwort. Bitte ankreuzen, was unbekannt ist.',
    submit: 'Angekreuztes entfernen',
    sessions: 'Alle Sitzungen ansehen',
    connections: 'Ansehen, was jede App darf',
  },
}
