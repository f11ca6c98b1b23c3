// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {SourceStatus} from "../interfaces/IPriceSource.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {ParameterRange} from "./ParameterRange.sol";

/// @notice A pool as the base of a market, whichever of its tokens that is.
/// @param pool the pool; zero if there is none
/// @param window seconds averaged over
/// @param baseIsToken0 whether the base is the pool's token0
/// @param baseDecimals of the base token
/// @param quoteDecimals of the quote token
struct PricedPool {
    IUniswapV3Pool pool;
    uint32 window;
    bool baseIsToken0;
    uint8 baseDecimals;
    uint8 quoteDecimals;
}

/// @title Averages of Uniswap v3 pools as prices and depths
/// @dev Price = 1.0001^(mean tick), computed as one exponential of the exact mean: no rounding to whole ticks.
library PoolAverage {
    int256 private constant WAD = 1e18;

    /// @dev ln(1.0001) * 1e36 and ln(10) * 1e18.
    int256 private constant LN_TICK = 99_995_000_333_308_335_333_166_680_951_131;
    int256 private constant LN_TEN = 2_302_585_092_994_045_684;

    /// @dev Uniswap's own bounds of a tick.
    int256 internal constant MAX_TICK = 887_272;

    /// @dev What one call may have a pool remember anew, at 22,000 gas each.
    uint256 private constant SLOTS_PER_CALL = 500;

    /// @notice The base is neither of the pool's tokens.
    error BaseNotInPool(IUniswapV3Pool pool, address base);

    /// @notice The pool records too few observations to average over the window at one block every twelve seconds, and one call
    /// cannot make it record enough.
    error CardinalityTooLow(IUniswapV3Pool pool, uint256 cardinality, uint256 needed);

    /// @notice Checks a pool, makes it remember the window, and says how its price is read.
    /// @dev Reverts with BaseNotInPool, CardinalityTooLow, or ParameterOutOfRange on a window outside a minute to a day or a token
    /// of more than 18 decimals.
    function prepare(IUniswapV3Pool pool, address base, uint32 window) internal returns (PricedPool memory) {
        (address token0, address token1) = (pool.token0(), pool.token1());
        if (base != token0 && base != token1) revert BaseNotInPool(pool, base);
        ParameterRange.check("window", window, 1 minutes, 1 days);
        uint256 cardinality = remember(pool, window);
        if (cardinality < window / 12) revert CardinalityTooLow(pool, cardinality, window / 12);
        uint8 baseDecimals = IERC20Metadata(base).decimals();
        uint8 quoteDecimals = IERC20Metadata(base == token0 ? token1 : token0).decimals();
        ParameterRange.check("baseDecimals", baseDecimals, 0, 18);
        ParameterRange.check("quoteDecimals", quoteDecimals, 0, 18);
        return PricedPool(pool, window, base == token0, baseDecimals, quoteDecimals);
    }

    /// @notice Makes a pool record the observations a window needs, or 500 more of them.
    /// @return cardinality how many it will record
    function remember(IUniswapV3Pool pool, uint32 window) internal returns (uint256 cardinality) {
        (, , , , cardinality, , ) = pool.slot0();
        uint256 needed = window / 12;
        if (cardinality >= needed) return cardinality;
        cardinality = needed - cardinality > SLOTS_PER_CALL ? cardinality + SLOTS_PER_CALL : needed;
        pool.increaseObservationCardinalityNext(uint16(cardinality));
    }

    /// @notice What a pool has accumulated over its window: whatever the pool is, this does not revert.
    /// @return status SHORT_HISTORY if the pool does not answer, as it does not while its oldest observation is too young
    /// @return ticks sum of the tick over the window's seconds
    /// @return seconds128 sum of 2^128 / liquidity over the window's seconds
    function accumulated(
        PricedPool memory pool
    ) internal view returns (SourceStatus status, int256 ticks, uint256 seconds128) {
        uint32[] memory ago = new uint32[](2);
        ago[0] = pool.window;
        // Two arrays of two: their places, then each with its length.
        (BoundedCall.Outcome outcome, uint256[] memory words) = BoundedCall.readWords(
            address(pool.pool),
            gasleft(),
            abi.encodeWithSelector(pool.pool.observe.selector, ago),
            8
        );
        if (outcome == BoundedCall.Outcome.UNREACHABLE) return (SourceStatus.SHORT_HISTORY, 0, 0);
        bool shaped = words[0] == 64 && words[1] == 160 && words[2] == 2 && words[5] == 2;
        if (outcome == BoundedCall.Outcome.MALFORMED || !shaped) return (SourceStatus.MALFORMED, 0, 0);
        ticks = int256(int56(int256(words[4]))) - int56(int256(words[3]));
        uint256 window = pool.window;
        if (ticks > MAX_TICK * int256(window) || ticks < -MAX_TICK * int256(window)) {
            return (SourceStatus.MALFORMED, 0, 0);
        }
        unchecked {
            seconds128 = uint160(words[7] - words[6]);
        }
        if (seconds128 == 0) status = SourceStatus.NO_DEPTH;
    }

    /// @notice The natural logarithm, WAD, of quote units per base unit at a mean tick.
    /// @param ticks sum of the tick over the window's seconds, within Uniswap's bounds
    function logarithmOf(PricedPool memory pool, int256 ticks) internal pure returns (int256 logarithm) {
        logarithm = (ticks * LN_TICK) / (int256(uint256(pool.window)) * WAD);
        if (!pool.baseIsToken0) logarithm = -logarithm;
    }

    /// @notice Quote per base, WAD, rounded down.
    function priceOf(PricedPool memory pool, int256 logarithm) internal pure returns (uint256) {
        int256 scale = int256(uint256(pool.baseDecimals)) - int256(uint256(pool.quoteDecimals));
        return uint256(FixedPointMathLib.expWad(logarithm + scale * LN_TEN));
    }

    /// @notice The quote reserve of the harmonic mean liquidity at a price, WAD, rounded down.
    function depthOf(PricedPool memory pool, int256 logarithm, uint256 seconds128) internal pure returns (uint256) {
        return reserveOf(pool, logarithm, liquidityOf(pool, seconds128));
    }

    /// @notice The harmonic mean liquidity over the window, rounded down, at most what fits 128 bits, as no pool has more.
    function liquidityOf(PricedPool memory pool, uint256 seconds128) internal pure returns (uint256) {
        return FixedPointMathLib.min((uint256(pool.window) << 128) / seconds128, type(uint128).max);
    }

    /// @notice The quote reserve of a liquidity at a price, L * sqrt(P), WAD, rounded down.
    /// @param liquidity below 2^128: more would have the product overflow
    function reserveOf(PricedPool memory pool, int256 logarithm, uint256 liquidity) internal pure returns (uint256) {
        int256 quoteScale = 18 - int256(uint256(pool.quoteDecimals));
        uint256 perLiquidity = uint256(FixedPointMathLib.expWad(logarithm / 2 + quoteScale * LN_TEN));
        return FixedPointMathLib.fullMulDiv(liquidity, perLiquidity, uint256(WAD));
    }
}
