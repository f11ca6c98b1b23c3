// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";
import {PoolAverage, PricedPool} from "../../libraries/PoolAverage.sol";
import {PoolReach} from "../../libraries/PoolReach.sol";

/// @title How deep Uniswap v3 pools are for moves of a given size
/// @notice As UniswapV3TwapSource, but liquidity counts only as far as it covers a move: depth is the lesser of the harmonic mean of
/// what was in range over the window, and the least that there is now anywhere within reach of the mean price. Neither a
/// momentary wall nor one that stands close to the price adds to it; a pool of full-range liquidity has the same depth as there
/// (mechanism section 5, docs/decisions/015).
/// @dev For what asks now and then: the caps on open interest. A reading costs 45,000 gas and 11,500 for each initialised tick within
/// reach or between reach and the pool's present price, which is why the index, asked every block, weighs by what was in range.
/// What is out of range has no average: it is judged as it is when somebody looks, and one look in the caps' half hour suffices.
contract PoolDepthSource is IPriceSource, AccessManaged {
    using PoolAverage for PricedPool;

    /// @notice A pool and how far its liquidity has to reach.
    /// @param average the pool as a price
    /// @param reach ticks either side of the mean price
    /// @param spacing of the pool's ticks
    struct ReachedPool {
        PricedPool average;
        uint24 reach;
        int24 spacing;
    }

    /// @notice The shortest reach, ticks: 1 %, beyond the move that is the cheapest for what it gains.
    uint256 public constant MIN_REACH = 100;

    /// @notice A market's pool was set; a zero pool removes it.
    event PoolSet(uint8 indexed market, ReachedPool pool);

    mapping(uint8 market => ReachedPool) private _pools;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPriceSource
    /// @dev SHORT_HISTORY while the pool's oldest observation is younger than the window; NO_DEPTH if there is a gap within reach, or
    /// if the pool's present price is so far from the mean that more ticks lie between than are read. Price and depth are rounded
    /// down.
    function read(uint8 market) external view returns (Reading memory reading) {
        ReachedPool memory entry = _pools[market];
        PricedPool memory pool = entry.average;
        if (address(pool.pool) == address(0)) {
            reading.status = SourceStatus.UNCONFIGURED;
            return reading;
        }
        (SourceStatus status, int256 ticks, uint256 seconds128) = pool.accumulated();
        uint256 least;
        if (status == SourceStatus.OK) {
            int256 mean = ticks / int256(uint256(pool.window));
            (status, least) = PoolReach.leastWithin(pool.pool, entry.spacing, mean, entry.reach);
        }
        if (status == SourceStatus.OK && least == 0) status = SourceStatus.NO_DEPTH;
        reading.status = status;
        if (status != SourceStatus.OK) return reading;
        int256 logarithm = pool.logarithmOf(ticks);
        uint256 liquidity = FixedPointMathLib.min(least, pool.liquidityOf(seconds128));
        reading.price = pool.priceOf(logarithm);
        reading.depth = pool.reserveOf(logarithm, liquidity);
        reading.publishedAt = block.timestamp;
    }

    /// @notice Makes a pool record enough observations for a window, up to 500 more of them. Anyone.
    /// @param window seconds
    /// @return cardinality how many the pool will record; `setPool` needs one for every twelve seconds
    function remember(IUniswapV3Pool pool, uint32 window) external returns (uint256 cardinality) {
        return PoolAverage.remember(pool, window);
    }

    /// @notice Sets or removes a market's pool, and makes it record as many observations as the window needs. Restricted.
    /// @dev Reverts with the errors of UniswapV3TwapSource, or with ParameterOutOfRange on a reach below 100 ticks or above 128 of the
    /// pool's tick spacings: nobody can put more ticks in the way than a reading looks at. That is 1.3 % for a pool of 1 bp, 13.6 %
    /// for 5 bp, a factor of 2.2 for 30 bp and of 13 for 100 bp.
    /// @param pool zero removes it
    /// @param base the pool's token that is the market's base; the other one is the quote
    /// @param window seconds
    /// @param reach ticks either side: 954 is a tenth up, and a tenth of the price reached down
    function setPool(uint8 market, IUniswapV3Pool pool, address base, uint32 window, uint24 reach) external restricted {
        ReachedPool memory entry;
        if (address(pool) != address(0)) {
            int24 spacing = pool.tickSpacing();
            ParameterRange.check("tickSpacing", uint24(spacing), 1, 16_383);
            ParameterRange.check("reach", reach, MIN_REACH, PoolReach.MAX_STEPS * uint24(spacing));
            entry = ReachedPool(PoolAverage.prepare(pool, base, window), reach, spacing);
        }
        _pools[market] = entry;
        emit PoolSet(market, entry);
    }

    /// @notice A market's pool and reach as they were set.
    function poolOf(uint8 market) external view returns (ReachedPool memory) {
        return _pools[market];
    }
}
