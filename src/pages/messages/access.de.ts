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
      'Alle Passkeys und die Anmeldung in zwei Schritten lassen sich auch ohne Administrator entfernen. Zuerst erhalten Sie eine E-Mail. 72 Stunden später werden sie entfernt, wenn Sie das nicht mit dem Link in der E-Mail stoppen oder sich mit einem Passkey oder Code anmelden.',
    noMail:
      'Dieses Konto hat keine bestätigte E-Mail-Adresse für eine Warnung. Deshalb kann nur ein Administrator Passkeys und Anmeldung in zwei Schritten entfernen.',
    submit: 'In 72 Stunden entfernen',
    planned: <T>(time: T): Phrase<T> => [
      'Alle Passkeys und die Anmeldung in zwei Schritten werden am ',
      time,
      ' entfernt. Ab dann genügt zum Anmelden das Passwort. Mit dem Link in unserer E-Mail können Sie das stoppen.',
    ],
    back: 'Zurück',
  },

  stopRemoval: {
    title: 'Passkeys und Anmeldung in zwei Schritten behalten?',
    about: <T>(time: T): Phrase<T> => ['Sie werden am ', time, ' entfernt, wenn Sie das nicht stoppen.'],
    submit: 'Entfernen stoppen',
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
    lead: 'Alle Sitzungen sind beendet und alle Apps getrennt. Passkeys und Anmeldung in zwei Schritten bleiben, wie sie waren. Jeder Passkey in dieser Liste öffnet weiterhin Ihr Konto. Prüfen Sie, ob alle von Ihnen sind.',
    apps: 'Getrennte Apps',
    check: 'Anmelden und prüfen',
    goOn: 'Anmelden und weiter',
  },

  check: {
    title: 'Zugänge prüfen',
    lead: 'Alles hier gibt Zugang zu Ihrem Konto, auch ohne Passwort. Wählen Sie aus, was Sie nicht kennen.',
    submit: 'Ausgewählte entfernen',
    sessions: 'Alle Sitzungen ansehen',
    connections: 'Ansehen, was jede App darf',
  },
}
