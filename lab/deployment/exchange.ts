import type { Deployed } from "./artifacts.js";
import type { Settings } from "./options.js";
import type { MarketParameters } from "./parameters.js";
import type { Source } from "./sources.js";

/** The contracts of a deployment by their place in it. */
export interface Contracts {
  readonly authority: Deployed;
  readonly quoteToken: Deployed;
  readonly spotToken: Deployed;
  readonly clearingHouse: Deployed;
  readonly orderBook: Deployed;
  readonly indexOracle: Deployed;
  readonly markPrice: Deployed;
  readonly marketGuard: Deployed;
  readonly chainlinkSource: Deployed;
  readonly poolSource: Deployed;
  readonly feed: Deployed;
  readonly liquidationEngine: Deployed;
  readonly insuranceFund: Deployed;
  readonly backstopVault: Deployed;
  readonly queueDeleverager: Deployed;
  readonly triggerOrders: Deployed;
  readonly hedgeLast: Deployed;
  readonly proRata: Deployed;
  readonly profitFirst: Deployed;
  readonly leverageFirst: Deployed;
  readonly leverageLevel: Deployed;
  readonly lens: Deployed;
}

/** The house pool of a deployment that was asked for one, and its ledger account. */
export interface House {
  readonly pool: Deployed;
  readonly account: number;
}

/** A whole exchange on a chain. */
export interface Exchange {
  readonly contracts: Contracts;
  readonly house: House | undefined;
  /** External libraries of the ledger, by name. */
  readonly libraries: readonly Deployed[];
  readonly parameters: MarketParameters;
  /** Sells spot that torn-up hedges have freed; only beside a spot pool. */
  readonly freedSpotSale?: Deployed | undefined;
  /** Everything the deployment was decided by, the market's parameters among it. */
  readonly settings: Settings;
  /** Sources of the index, in its order. */
  readonly sources: readonly Source[];
  /** Market and spot asset id of the one market listed. */
  readonly market: number;
  readonly spotAsset: number;
  /** Ledger accounts of the exchange's own parts. */
  readonly accounts: {
    readonly treasury: number;
    readonly insuranceFund: number;
    /** The vault's main account, and the one that holds its inventory in the market. */
    readonly backstopVault: number;
    readonly backstopInventory: number;
  };
}
