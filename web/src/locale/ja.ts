/* Every word of the interface. Another language is another file of the same shape. */
export const ja = {
  product: 'ろくしゃ',
  pageTitle: (title: string): string => `${title}｜会議室｜ろくしゃ`,

  entry: {
    lead: ['本人と、まわりの人が、', 'ひとつの計画をいっしょに書く会議室です。'],
    title: '会議室に入る',
    opening: '開いています…',
    missing: 'お手元の招待のリンクから、この画面を開くと入れます。',
    missingHelp: 'リンクが見あたらないときは、案内をくれた人に聞きましょう。',
    invalidTitle: 'このリンクでは入れませんでした',
    invalid: 'リンクの期限が終わったか、新しいリンクに変わっています。',
    invalidHelp: '案内をくれた人に、新しいリンクをたのみましょう。',
    failedTitle: 'いま、入れませんでした',
    failed: 'こちらの不具合か、通信がとぎれています。少し待って、もう一度ためせます。',
    retry: 'もう一度ためす',
    waitTitle: '会議室につないでいます',
    noAnswer: '会議室から返事がありません。招待のリンクから、もう一度開くと入れることがあります。',
    foot: '外部のサービスには、つながっていません。',
  },

  ended: {
    title: 'ここまでです',
    body: 'ご出席ありがとうございました。この画面は閉じてかまいません。',
  },

  head: {
    meeting: (name: string): string => (name === '' ? '会議' : `${name}の会議`),
    number: (n: number): string => `第${n}回`,
    times: (from: string, to: string): string => `${from}〜${to}`,
    fictional: '架空の事例',
    skip: 'いまの欄へ',
  },

  saved: {
    all: 'すべて保存しました',
    at: (time: string): string => `保存しました ${time}`,
    sending: '送信中…',
    connecting: 'つないでいます…',
    offline: 'いま、つながっていません',
    offlineBody: (n: number): string => (n > 0
      ? `${n}か所が、まだ届いていません。この画面を閉じないでください。閉じると、送っていない文は消えます。`
      : '書き続けられます。書いたことは、つながると届きます。'),
    reconnecting: 'つながり直しています',
    retry: 'もう一度つなぐ',
    back: 'つながりました',
    backBody: (n: number): string => (n > 0 ? `この画面で書いた${n}か所を、届けています。` : '続けて書けます。'),
  },

  tabs: { label: '会議室の表示', agenda: '次第', plan: '計画', minutes: '議事録', people: 'いる人' },

  people: {
    title: 'いまいる人',
    count: (n: number): string => `${n}人`,
    you: 'あなた',
    duties: { chair: '進行', recorder: '記録' } as Readonly<Record<string, string>>,
  },

  agenda: {
    title: '会議の次第',
    clock: (time: string): string => `いま ${time}`,
    until: (time: string): string => `会議は${time}まで`,
    now: 'いまの議題。',
    open: 'この議題を開く',
    openOf: (title: string): string => `「${title}」を開く`,
    minutes: (n: number): string => `${n}分`,
    none: '次第は、まだありません。',
  },

  plan: {
    label: 'サポートプラン',
    title: (n: string): string => (n === '' ? 'サポートプラン' : `サポートプラン 第${n}号`),
    areas: '計画の領域',
    records: 'ほかの記録',
    areaFields: (label: string): string => `${label}の欄`,
    hidden: '非表示の項目あり',
    outline: '概要',
    empty: '見られる欄は、まだありません。',
  },

  groups: {
    outline: '概要', action: '内容', parts: 'だれが何を', background: '背景', restricted: '限定メモ',
  } as Readonly<Record<string, string>>,

  records: {
    plan: '計画のこと', person: '本人のこと', pplan: '本人の計画', assess: '見立て', work: '職場',
    conf: '会議のこと', case: 'ケース', household: '世帯', party: '参加者', consent: '同意',
    min: '署名・訂正など', mon: 'モニタリング', ref: 'つなぎ・もどし', res: '社会資源', bond: '絆の地図',
    out: '変化', close: '終結', log: '閲覧の記録',
  } as Readonly<Record<string, string>>,
  otherRecord: 'そのほか',

  reach: {
    words: { out: '職場まで', in: '支援者だけ', team: '伴走と主任だけ' } as Readonly<Record<string, string>>,
    title: 'この欄を見られる人',
    count: (n: number): string => `${n}人`,
    pick: '欄を選ぶと、その欄を見られる人がここに出ます。',
    alsoRead: (names: string): string => `${names}も読みます`,
    notSelf: '本人には見えません',
    write: '書く',
    read: '読む',
  },

  field: {
    alsoWriting: (names: string): string => `${names}も書いています`,
    writing: (names: string): string => `${names}が書いています`,
    composing: '変換中',
    waiting: (names: string, n: number): string => `${names}の変更が${n}つ待っています`,
    left: (n: number): string => `あと${n}字`,
    none: '（空）',
    voice: '本人の言葉',
  },

  value: {
    yes: 'はい', no: 'いいえ', unset: '—', nobody: '—', someone: 'ほかの人',
    listHint: '「、」で区切って書きます',
    people: (label: string): string => `${label}を選ぶ`,
  },

  stale: {
    title: (label: string): string => `先に「${label}」に変わっていました`,
    ask: (label: string): string => `あなたの「${label}」を使いますか。`,
    mine: (label: string): string => `「${label}」にする`,
    theirs: (label: string): string => `「${label}」のままにする`,
  },

  refused: {
    title: 'この変更は受け取れませんでした',
    kept: '書いた文は、ここに残しています。',
    copy: '文を写しとる',
    copied: '写しとりました',
    close: '閉じる',
  },

  minutes: {
    title: '議事録',
    region: '決定と発言',
    decisions: '決まったこと',
    decision: '決定',
    actions: '役割と期限',
    personWords: '本人の言葉',
    utterances: '発言の記録',
    nothing: '決まったことは、まだありません',
    nothingBody: '急がなくてもかまいません。「待つ」も決定として書けます。',
    due: (date: string): string => `${date}まで`,
    addDecision: '決定を書く',
    addAction: '役割を書く',
    addUtterance: '発言を書く',
    addPersonWords: '本人の言葉を書く',
    who: 'だれが',
    what: '何を',
    dueLabel: 'いつまで',
    words: 'ことば',
    decisionText: '決まったこと',
    choose: '選んでください',
    save: '書きとめる',
    cancel: 'やめる',
  },

  san: (name: string): string => (/(さん|先生|様|人)$/.test(name) ? name : `${name}さん`),
  join: (names: readonly string[]): string => names.join('、'),
  and: (names: readonly string[]): string => names.join('と'),
};

export type Locale = typeof ja;
