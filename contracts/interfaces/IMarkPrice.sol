// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Action, Price, Validity} from "../types/Price.sol";
import {IMarketGuard} from "./IMarketGuard.sol";
import {SourceStatus} from "./IPriceSource.sol";

/// @title The one door by which a price enters the exchange
interface IMarkPrice {
    /// @notice The price's validity does not allow the action (validity ladder, mechanism section 5).
    /// @param source the source of the index that is to blame; zero if none is now, or if the market is not set up
    /// @param status what is wrong with it
    error PriceNotUsable(uint8 market, Action action, Validity validity, address source, SourceStatus status);

    /// @notice The market's price for an action. Computed by the first caller of a block from the book as it stood before
    /// that block's trades, then read from one slot by everyone else.
    /// @dev Anyone may call. Reverts with PriceNotUsable if the ladder says no.
    function priceFor(uint8 market, Action action) external returns (Price memory price);

    /// @notice What `priceFor` would see now, whatever its validity, without writing.
    function peek(uint8 market) external view returns (Price memory price);

    /// @notice How far the mark may stray and how fast it may move.
    /// @return band farthest from the index, parts per million; 0 if the market has no mark yet
    /// @return speed farthest in a second, parts per million of itself
    function limitsOf(uint8 market) external view returns (uint256 band, uint256 speed);

    /// @notice Who says in which phase a market is; the zero address while every market is always open.
    function guard() external view returns (IMarketGuard);
}
