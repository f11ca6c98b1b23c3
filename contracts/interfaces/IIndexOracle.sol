// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Validity} from "../types/Price.sol";
import {SourceStatus} from "./IPriceSource.sol";

/// @notice A market's index as of now.
/// @param value quote per base, WAD; the last good one if STALE or INVALID, 0 if there never was one
/// @param confidence half width of its uncertainty, quote per base, WAD: what the sources say of themselves and how far they
/// lie apart, weighted by depth, rounded up; 0 if STALE or INVALID
/// @param publishedAt when `value` was true, seconds; always that of `value`, never newer
/// @param validity how far it may be trusted
struct IndexPrice {
    uint256 value;
    uint256 confidence;
    uint256 publishedAt;
    Validity validity;
}

/// @title The index: what outside sources say a market's base is worth
interface IIndexOracle {
    /// @notice The index, and its last good value brought up to date. Anyone.
    function update(uint8 market) external returns (IndexPrice memory price);

    /// @notice The index as `update` would return it, without writing.
    function indexOf(uint8 market) external view returns (IndexPrice memory price);

    /// @notice Which of a market's sources keeps its index from being VALID, and how. For the words of an error.
    /// @dev The first whose nonsense makes it INVALID, or the first that is absent and makes it STALE. Where it is UNCERTAIN, or its
    /// sources contradict each other: the least sure, as UNSURE, if their confidence is what is too wide; else the farthest
    /// from the index, as OUTLIER. Nothing and OK while the index is VALID; nothing and UNCONFIGURED without sources.
    function failureOf(uint8 market) external view returns (address source, SourceStatus status);
}
