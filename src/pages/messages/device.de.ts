// Owns the words of the pages about another device, in German.
import type { deviceEn } from './device.en.js'
import type { Phrase } from './phrase.js'

export const deviceDe: typeof deviceEn = {
  code: {
    title: 'Ein Gerät verbinden',
    lead: 'Geben Sie den Code ein, den Ihr Gerät anzeigt.',
    brought: 'Ein Link hat diesen Code mitgebracht. Fahren Sie nur fort, wenn Ihr Gerät denselben anzeigt.',
    field: 'Code',
    hint: 'Acht Buchstaben. Großschreibung, Leerzeichen und der Strich sind gleichgültig.',
    submit: 'Weiter',
    errors: {
      missing:
        'Ein Code hat acht Buchstaben, darunter keinen Vokal. Sehen Sie auf Ihrem Gerät nach und geben Sie ihn noch einmal ein.',
      unknown:
        'Dieser Code ist falsch oder abgelaufen. Vergleichen Sie ihn mit Ihrem Gerät. Wenn er dort schon zehn Minuten steht, lassen Sie das Gerät einen neuen anzeigen.',
      used: 'Dieser Code wurde schon verwendet. Wenn Ihr Gerät noch wartet, lassen Sie es einen neuen anzeigen.',
    },
  },

  confirm: {
    title: <T>(code: T): Phrase<T> => ['Zeigt Ihr Gerät ', code, '?'],
    onlyIf: 'Fahren Sie nur fort, wenn Sie diesen Code auf Ihrem Gerät sehen und dies selbst begonnen haben.',
    never: 'Niemand, der Ihnen hilft, wird Sie je nach ihm fragen.',
    asks: <T>(app: T): Phrase<T> => [app, ' auf diesem Gerät möchte auf Ihr Konto zugreifen.'],
    asked: <T>(time: T): Phrase<T> => ['Das Gerät hat gefragt: ', time, '.'],
    askedFrom: <T>(time: T, address: T): Phrase<T> => [
      'Das Gerät hat gefragt: ',
      time,
      ', von der Adresse ',
      address,
      '.',
    ],
    untilSignOut: 'Die Verbindung endet, wenn Sie sich in diesem Browser abmelden.',
  },

  outcomes: {
    allowed: {
      title: 'Weiter auf Ihrem Gerät',
      explanation: <T>(app: T): Phrase<T> => [app, ' ist jetzt mit Ihrem Konto verbunden.'],
      next: 'Es kann einige Sekunden dauern, bis das Gerät weitermacht. Sie können diese Seite schließen.',
    },
    denied: {
      title: 'Das Gerät wurde nicht zugelassen',
      explanation: <T>(app: T): Phrase<T> => [app, ' bekommt keinen Zugriff. Es wurde nichts weitergegeben.'],
      next: 'Wenn das ein Versehen war, lassen Sie das Gerät einen neuen Code anzeigen. Sonst können Sie diese Seite schließen.',
    },
    used: {
      title: 'Dieser Code wurde schon verwendet',
      explanation: <T>(_app: T): Phrase<T> => [
        'Er hat seine Antwort bekommen, in einem anderen Fenster oder Browser.',
      ],
      next: 'Wenn Ihr Gerät noch wartet, lassen Sie es einen neuen Code anzeigen und geben Sie den ein.',
    },
    expired: {
      title: 'Dieser Code ist abgelaufen',
      explanation: <T>(_app: T): Phrase<T> => ['Ein Code gilt zehn Minuten. Es wurde nichts weitergegeben.'],
      next: 'Lassen Sie das Gerät einen neuen Code anzeigen und geben Sie den ein.',
    },
  },

  seeConnections: 'Verbundene Apps ansehen',
  anotherCode: 'Einen Code eingeben',
}
