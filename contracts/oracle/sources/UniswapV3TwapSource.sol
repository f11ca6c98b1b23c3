// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {PoolAverage, PricedPool} from "../../libraries/PoolAverage.sol";

/// @title Time-weighted average prices of Uniswap v3 pools
/// @notice The geometric mean over a window that ends now, with the quote reserve of the harmonic mean liquidity as depth:
/// liquidity shown for a moment adds next to nothing (mechanism section 5).
/// @dev A pool says nothing of its uncertainty, and the distance of its spot price is an attacker's to choose, so the confidence
/// is 0. What a price held for a few blocks may do to the average is bounded in TruncatedPoolSource.
contract UniswapV3TwapSource is IPriceSource, AccessManaged {
    using PoolAverage for PricedPool;

    /// @notice A market's pool was set; a zero pool removes it.
    event PoolSet(uint8 indexed market, PricedPool pool);

    mapping(uint8 market => PricedPool) private _pools;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPriceSource
    /// @dev SHORT_HISTORY while the pool's oldest observation is younger than the window. Price and depth are rounded down.
    function read(uint8 market) external view returns (Reading memory reading) {
        PricedPool memory pool = _pools[market];
        if (address(pool.pool) == address(0)) {
            reading.status = SourceStatus.UNCONFIGURED;
            return reading;
        }
        (SourceStatus status, int256 ticks, uint256 seconds128) = pool.accumulated();
        reading.status = status;
        if (status != SourceStatus.OK) return reading;
        int256 logarithm = pool.logarithmOf(ticks);
        reading.price = pool.priceOf(logarithm);
        reading.depth = pool.depthOf(logarithm, seconds128);
        reading.publishedAt = block.timestamp;
    }

    /// @notice Makes a pool record enough observations for a window, up to 500 more of them. Anyone: for windows so long that
    /// `setPool` cannot do it in one call. They take effect as trades write them.
    /// @param window seconds
    /// @return cardinality how many the pool will record; `setPool` needs one for every twelve seconds
    function remember(IUniswapV3Pool pool, uint32 window) external returns (uint256 cardinality) {
        return PoolAverage.remember(pool, window);
    }

    /// @notice Sets or removes a market's pool, and makes it record as many observations as the window needs. Restricted.
    /// @dev Reverts with BaseNotInPool, CardinalityTooLow if more than 500 are missing, or ParameterOutOfRange on a window outside a
    /// minute to a day or a token of more than 18 decimals.
    /// @param pool zero removes it
    /// @param base the pool's token that is the market's base; the other one is the quote
    /// @param window seconds
    function setPool(uint8 market, IUniswapV3Pool pool, address base, uint32 window) external restricted {
        PricedPool memory entry;
        if (address(pool) != address(0)) entry = PoolAverage.prepare(pool, base, window);
        _pools[market] = entry;
        emit PoolSet(market, entry);
    }

    /// @notice A market's pool as it was set.
    function poolOf(uint8 market) external view returns (PricedPool memory) {
        return _pools[market];
    }
}
