// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOpenInterestCaps} from "../interfaces/IOpenInterestCaps.sol";
import {TrancheSet} from "../libraries/TrancheIndex.sol";
import {Account, Reservation} from "./Account.sol";
import {ClosedPool, ClosedProfit} from "./ClosedProfit.sol";
import {MarketConfig, MarketState} from "./Market.sol";
import {Position} from "./Position.sol";
import {SpotAsset} from "./SpotAsset.sol";
import {SpotBalance} from "./SpotBalance.sol";
import {Tranche} from "./Tranche.sol";

/// @notice What a contract may ask of the ledger beside what anyone may.
enum Module {
    NONE,
    BOOK,
    ENGINE,
    QUEUE,
    FUND,
    HOUSE,
    SALE,
    TRIGGERS
}

/// @notice Where fees go. Rates in parts per million; the treasury takes the rest and the rounding.
/// @param insuranceAccount ledger account of the insurance fund
/// @param backstopAccount ledger account of the backstop vault
/// @param treasuryAccount ledger account of the treasury; it also takes over positions too small to trade
/// @param insuranceShare of fees
/// @param backstopShare of fees
struct FeeSplit {
    uint32 insuranceAccount;
    uint32 backstopAccount;
    uint32 treasuryAccount;
    uint24 insuranceShare;
    uint24 backstopShare;
}

/// @notice What an account holds in one market: a position and what its orders reserve, three consecutive slots, and a fourth
/// that few have use for.
/// @param charged what its tranche had been charged per base when the position joined, RAY
/// @param freed spot that covered a hedge which was torn up, and covers nothing now, base, WAD
/// @param rewardedAt when the account last paid for having its class refreshed
struct Holding {
    Position position;
    Reservation reservation;
    uint120 charged;
    uint104 freed;
    uint32 rewardedAt;
}

/// @notice The whole storage of the exchange's money, acted on by the libraries in `logic/`.
/// @param quoteToken the token all cash is in
/// @param quoteScale 10 ** (18 - its decimals)
/// @param accountCount accounts opened so far; the newest has this number
/// @param markPrice the one door for prices
/// @param maturity seconds over which realised profit matures: the longest of any listed market
/// @param socialisedLoss deficits nobody was left to bear, quote, WAD
/// @param feesAccrued fees not yet distributed, quote, WAD
/// @param caps what bounds open interest beside the static caps; zero for nothing
struct Ledger {
    IERC20 quoteToken;
    uint64 quoteScale;
    uint32 accountCount;
    IMarkPrice markPrice;
    uint8 marketCount;
    uint8 spotAssetCount;
    uint32 maturity;
    uint128 socialisedLoss;
    uint128 feesAccrued;
    FeeSplit feeSplit;
    mapping(address module => Module) modules;
    mapping(address owner => mapping(uint8 subaccount => uint32)) accountIds;
    mapping(uint32 account => Account) accounts;
    mapping(uint32 account => mapping(address operator => bool)) operators;
    mapping(uint32 account => mapping(uint8 market => Holding)) holdings;
    mapping(uint32 account => mapping(uint8 asset => SpotBalance)) spot;
    mapping(uint8 market => MarketConfig) configs;
    mapping(uint8 market => MarketState) states;
    mapping(uint8 market => mapping(uint32 tranche => Tranche)) tranches;
    mapping(uint8 market => mapping(bool short => TrancheSet)) trancheSets;
    mapping(uint8 asset => SpotAsset) spotAssets;
    mapping(uint8 market => uint40) deleveragedAt;
    IOpenInterestCaps caps;
    mapping(uint8 market => mapping(bool short => mapping(uint256 pool => ClosedPool))) closedPools;
    mapping(uint32 account => mapping(uint8 market => mapping(bool short => ClosedProfit[2]))) closedProfits;
}
