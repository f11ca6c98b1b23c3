// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the other contracts ask of the order book
/// @notice Prices are quote per base, WAD; sizes are base, WAD. A missing price is 0.
interface IOrderBook {
    /// @notice Best live bid and ask, and the last traded price.
    /// @dev Void orders are skipped, at most a fixed number of them; past that the side counts as empty.
    function quotes(uint8 market) external view returns (uint256 bestBid, uint256 bestAsk, uint256 last);

    /// @notice Average prices at which `notional` quote (WAD) would be sold into the bids and bought from the asks.
    /// @dev 0 for a side that cannot absorb it within `maxOrders` orders.
    function impactPrices(
        uint8 market,
        uint256 notional,
        uint256 maxOrders
    ) external view returns (uint256 impactBid, uint256 impactAsk);

    /// @notice Closes up to `size` of an account's position against resting orders, no worse than `limitPrice`.
    /// @dev Only the liquidation engine. Never reverts because of a maker; stops after `maxMakers` orders.
    /// @param buy true to close a short
    /// @return filled base, WAD
    /// @return paid quote, WAD: sum of price * size
    function executeLiquidation(
        uint32 account,
        uint8 market,
        bool buy,
        uint256 size,
        uint256 limitPrice,
        uint256 maxMakers
    ) external returns (uint256 filled, uint256 paid);
}
