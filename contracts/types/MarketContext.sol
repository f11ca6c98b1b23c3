// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketConfig} from "./Market.sol";
import {Price} from "./Price.sol";

/// @notice A market as one call sees it: loaded once, changed in memory, written back once.
/// @param market market id
/// @param config its parameters
/// @param price its prices for the action at hand
/// @param fundingIndex funding index as of now, quote per base, RAY
/// @param initialRate initial margin rate after scaling with open interest, WAD
/// @param maintenanceRate half of the base initial rate, WAD
/// @param longDelta change of long open interest so far, base, WAD
/// @param shortDelta change of short open interest so far, base, WAD
struct MarketContext {
    uint8 market;
    MarketConfig config;
    Price price;
    int256 fundingIndex;
    uint256 initialRate;
    uint256 maintenanceRate;
    int256 longDelta;
    int256 shortDelta;
}
