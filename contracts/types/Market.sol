// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeleveragingPolicy} from "../interfaces/IDeleveragingPolicy.sol";

/// @notice What a market lets traders do: nothing, everything, or only to reduce. A guardian may move it from ACTIVE to REDUCE_ONLY
/// and no other way.
enum MarketStatus {
    UNLISTED,
    ACTIVE,
    REDUCE_ONLY
}

/// @notice Who pays the deficit a bankrupt account leaves (mechanism section 8).
/// ALL_WINNERS: tear up at mark, charge the deficit to all profitable directional tranches in proportion to profit.
/// TORN_UP: tear up at the bankruptcy price, so those torn up bear it.
enum DeficitMode {
    ALL_WINNERS,
    TORN_UP
}

/// @notice Who finds the counterparties of a bankrupt position.
/// TRANCHES: the ledger, in the liquidation call. QUEUE: a keeper's list, checked account by account (the industry's way).
enum Deleveraging {
    TRANCHES,
    QUEUE
}

/// @notice Parameters of one market. Rates are in parts per million. Three slots, of which a trade reads the first.
/// @param status what traders may do
/// @param initialMarginRate base initial margin rate, 1e6 / max leverage; maintenance is half of it
/// @param makerFee of notional
/// @param takerFee of notional
/// @param liquidationFee of the notional liquidated on the book, paid by the liquidated account out of what equity it has
/// @param backstopThreshold share of maintenance below which the backstop may take over
/// @param keptRate part of the notional that a withdrawal leaves in the account at least; 0 leaves it to initial margin
/// @param deficitMode who pays a deficit
/// @param deleveraging tranche engine or queue baseline
/// @param spotAsset 1 + id of the spot asset that is this market's underlying; 0 if none is listed
/// @param minimumNotional smallest position that may be opened, quote, whole units
/// @param maturity seconds over which realised profit matures, 0 for at once; cash is one for all markets, so the longest of any
/// listed market holds for the profit of all
/// @param openInterestLow base, WAD: initial margin starts to rise here
/// @param openInterestHigh base, WAD: initial margin reaches 100 % here
/// @param openInterestCap base, WAD: no opening beyond, whatever IOpenInterestCaps would allow
/// @param hedgedMaintenance maintenance rate of the part of a short that spot in the same account covers; 0: no hedge is recognised
/// @param refreshReward what an account whose stale class was to its advantage pays whoever pokes it, quote, hundredths; 0: nothing
/// @param policy which position is reached first
struct MarketConfig {
    MarketStatus status;
    uint24 initialMarginRate;
    uint24 makerFee;
    uint24 takerFee;
    uint24 liquidationFee;
    uint24 backstopThreshold;
    uint24 keptRate;
    DeficitMode deficitMode;
    Deleveraging deleveraging;
    uint8 spotAsset;
    uint32 minimumNotional;
    uint24 hedgedMaintenance;
    uint16 refreshReward;
    uint32 maturity;
    uint96 openInterestLow;
    uint128 openInterestHigh;
    uint96 openInterestCap;
    IDeleveragingPolicy policy;
}

/// @notice What moves in a market. Two slots: what every call reads, then what only trades that open read.
/// @dev Open interest fits 96 bits up to 7.9e10 base, the cap 64 bits up to 1.8e10 base; larger caps count as that.
/// @param fundingIndex quote paid by one unit of long base since listing, WAD * 1e9 for precision
/// @param fundingAt when the index was last accrued
/// @param initialRate initial margin rate as open interest stands, WAD, rounded up; kept here so that a trade reads one slot
/// @param cappedAt when `cap` was last computed; the maximum if it is static and never will be
/// @param longOpenInterest base, WAD
/// @param shortOpenInterest base, WAD; equals the long one up to dust (P2)
/// @param cap most open interest an opening trade may leave, base, 1e-9, rounded down (mechanism section 5)
struct MarketState {
    int128 fundingIndex;
    uint32 fundingAt;
    uint64 initialRate;
    uint32 cappedAt;
    uint96 longOpenInterest;
    uint96 shortOpenInterest;
    uint64 cap;
}
