import type { Stage } from "../../attack/stage.js";
import type { Action, Wallet } from "../../attack/wallet.js";
import { fromWad } from "../../units.js";

/** Base each short holds; half of it was sold to the trader that will be ruined. */
export const SIZE = 40;

/** Quote that is enough to make the short the least levered of all. */
const TOP_UP = 200_000;

/** What a trick needs beside the short, and how it is played when the price has fallen and nobody has been liquidated yet. */
export interface Trick {
  /** As it is told. */
  readonly sentence: string;
  /** The short is spread over this many wallets from the start; one without it. */
  readonly parts?: number;
  /** Somebody else's money and a second wallet with it: the short moves there. */
  readonly spare?: boolean;
  /** Quote and base in the player's wallet. */
  readonly pocket?: number;
  readonly spot?: number;
  /** The short belongs to a contract, which borrows spot for one transaction. */
  readonly borrows?: boolean;
  /** The player's half of the market is all of it: nobody else has won. */
  readonly alone?: boolean;
  /** Actions of one block. Those of a trick that liquidates in its own transaction get the liquidations. */
  readonly play?: (stage: Stage, player: Player, liquidations: readonly Action[]) => Promise<Action[]> | Action[];
}

/** Who plays: where the short is, and where it could go. */
export interface Player {
  readonly shorts: readonly [Wallet, ...Wallet[]];
  readonly spare: Wallet | undefined;
}

/** The tricks by name. The first is none. */
export const TRICKS = {
  honest: { sentence: "nothing is done" },
  split: { sentence: "the short was split over two wallets", parts: 2 },
  topUp: {
    sentence: "margin is added for the moment",
    pocket: TOP_UP,
    play: (stage, { shorts: [short] }) => [short.deposit(TOP_UP), refreshed(stage, short)],
  },
  shrink: {
    sentence: "the smallest order the book takes is bought back",
    play: ({ exchange }, { shorts: [short] }) => [
      short.buy(fromWad(exchange.parameters.minimumSize), { reduceOnly: true }),
    ],
  },
  leverage: {
    sentence: "all margin that may be withdrawn is withdrawn",
    play: async (stage, { shorts: [short] }) => [
      short.withdraw(Math.floor(await short.withdrawable())),
      refreshed(stage, short),
    ],
  },
  hedge: {
    sentence: "spot is deposited as cover",
    spot: SIZE,
    play: (stage, { shorts: [short] }) => [short.depositSpot(SIZE), refreshed(stage, short)],
  },
  flashHedge: {
    sentence: "spot is borrowed as cover for the transaction that liquidates",
    borrows: true,
    spot: 1,
    play: (stage, { shorts: [short] }, liquidations) => [
      short.flashPool("hedge with borrowed spot", 0, SIZE, [
        short.depositSpot(SIZE),
        refreshed(stage, short),
        ...liquidations,
        short.withdrawSpot(SIZE),
      ]),
    ],
  },
  selfTrade: {
    sentence: "the short is closed against a second wallet of the same person, at the index",
    spare: true,
    play: soldToOneself,
  },
  soleWinner: {
    sentence: "the same, where nobody else has won",
    spare: true,
    alone: true,
    play: soldToOneself,
  },
} as const satisfies Record<string, Trick>;
export type TrickName = keyof typeof TRICKS;

/** All of them, in the order they are played. */
export const NAMES = Object.keys(TRICKS) as TrickName[];

/** Closes the short against the second wallet, inside the makers' spread. */
function soldToOneself({ view: { index } }: Stage, { shorts: [short], spare }: Player): Action[] {
  return [short.bid(index, SIZE), ...(spare === undefined ? [] : [spare.sell(SIZE, { limit: index * 0.9999 })])];
}

/** Brings the class of a wallet's position up to date. */
function refreshed({ exchange }: Stage, wallet: Wallet): Action {
  return wallet.call(exchange.contracts.clearingHouse, "poke", wallet.account, exchange.market);
}
