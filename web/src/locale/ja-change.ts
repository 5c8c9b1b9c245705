import type { Text } from './ruby.ts';

/* Words of what can still be done about sealed minutes: correcting them, and erasing from them. */
export const change = {
  title: '訂正と消去',
  lead: {
    amend: 'まちがいは、訂正として足せます。前の文も残ります。',
    erase: '残してはいけない文は、本人と伴走者の2人が同意すると消せます。',
  },
  amend: '文を訂正する',
  erase: '文を消すことを求める',
  pick: '選ぶ',
  pickOne: (words: string): string => `選ぶ：${words}`,
  pickAmend: '訂正する文を選びます',
  pickErase: '消す文を選びます',
  pickBody: '文のうしろの「選ぶ」を押します。',
  cancel: 'やめる',
  passage: 'この文',
  unknown: 'この写しには見あたらない文',
  later: '新しい写しを用意しています',
  laterBody: (when: Text): string => `${when}から、ここで読めます。`,

  amending: {
    title: '次の区切りで伝わる訂正',
    body: (when: Text): string => `${when}に、この文を読む人に伝わります。`,
    old: '前の文',
  },

  correct: {
    title: '文を訂正する',
    value: '訂正したあとの文',
    day: '訂正したあとの日',
    why: '訂正するわけ',
    what: '訂正すると、こうなります',
    points: [
      '前の文も、訂正したわけも、いっしょに残ります。消えません。',
      'この文を読める人みんなに、次の区切りで伝わります。',
      '伝わったあと、その人たちに、もう一度署名をお願いします。前の署名は、前の文への署名として残ります。',
    ],
    readers: (names: string): string => `もう一度お願いする人：${names}`,
    go: '訂正する',
    same: '前の文と同じです。',
    empty: '訂正したあとの文を書きましょう。消したいときは「文を消すことを求める」を使います。',
    noWhy: 'わけを書きましょう。',
    done: (when: Text): string => `訂正を受け取りました。${when}に、この文を読む人に伝わります。`,
    refused: 'この文は、ここでは訂正できません。',
    long: '長すぎます。短くしましょう。',
  },

  gone: {
    title: '文を消すことを求める',
    titleAgree: '文を消すことに同意する',
    why: '消すわけ',
    bases: {
      request: '本人が、消してほしいと求めている', correction: '書いてあることが、まちがっている',
      unlawful: '集めてはいけない、残してはいけないことが書いてある', retention: '残しておく期限がすぎた',
    } as Readonly<Record<string, string>>,
    what: '消すと、こうなります',
    points: [
      'だれの写しからも消えます。訂正の前の文も、あとの文も消えます。',
      '紙に印刷したものと、すでに保存した写しからは消えません。持っている人に知らせましょう。',
      'そこに文があったこと、消したわけ、だれが同意したかは残ります。',
      'みんなの署名は、そのまま有効です。',
      'もとにはもどせません。',
    ],
    two: '本人と伴走者の2人が、同じわけで同意したときに消えます。いまは、求めるだけです。',
    second: 'あなたが同意すると、すぐに消えます。',
    go: '消すことを求める',
    agree: '同意して消す',
    noBasis: 'わけを選びましょう。',
    asked: '消すことを求めました。もう一人が同意すると、消えます。',
    done: '文を消しました。',
    held: 'いまは消せません。記録を残しておく決まりが出ています。',
    refused: 'この文は、消せないか、もう消えています。',
    otherwise: '消さないほうがよいと思うときは、何もしなければ、そのまま残ります。',
  },

  waiting: {
    title: '消すことの求め',
    by: (who: string, when: Text): string => `${who}が、${when}に求めました`,
    byMe: (when: Text): string => `あなたが、${when}に求めました`,
    wait: 'もう一人の同意を待っています。',
    look: 'この求めを読む',
    jump: '消すことの求めへ',
    link: (n: number): string => `文を消すことの求めが${n}件、あなたの返事を待っています。`,
  },

  hold: {
    title: 'いまは、消せません',
    until: (date: Text): string => `この会議の記録は、${date}まで残しておく決まりが出ています。`,
    open: 'この会議の記録は、残しておく決まりが出ています。',
    why: (why: string): string => `わけ：${why}`,
    kept: 'それまでの求めと同意は、残っています。',
  },
};
