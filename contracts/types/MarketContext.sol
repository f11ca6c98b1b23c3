// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketStatus} from "./Market.sol";
import {Price} from "./Price.sol";

/// @notice A market as one call sees it: what every trade needs of it, loaded once from one slot of parameters and one of state.
/// @param market market id
/// @param status what traders may do
/// @param makerFee ppm
/// @param takerFee ppm
/// @param liquidationFee ppm
/// @param maturity seconds over which realised profit matures: the longest of any listed market
/// @param keptRate part of the notional that a withdrawal leaves at least, ppm
/// @param minimumNotional quote, whole units
/// @param price its prices for the action at hand
/// @param fundingIndex funding index as of now, quote per base, RAY
/// @param initialRate initial margin rate after scaling with open interest, WAD
/// @param maintenanceRate half of the base initial rate, WAD
/// @param hedgedRate maintenance rate of what spot covers, at most `maintenanceRate`, WAD; 0: no hedge is recognised
/// @param spotAsset 1 + id of the spot asset that is the market's underlying; 0 without one
/// @param longDelta change of long open interest so far, base, WAD
/// @param shortDelta change of short open interest so far, base, WAD
struct MarketContext {
    uint8 market;
    MarketStatus status;
    uint256 makerFee;
    uint256 takerFee;
    uint256 liquidationFee;
    uint256 maturity;
    uint256 keptRate;
    uint256 minimumNotional;
    Price price;
    int256 fundingIndex;
    uint256 initialRate;
    uint256 maintenanceRate;
    uint256 hedgedRate;
    uint8 spotAsset;
    int256 longDelta;
    int256 shortDelta;
}
