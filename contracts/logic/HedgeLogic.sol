// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedMath, PPM} from "../libraries/FixedMath.sol";
import {Cover} from "../types/Cover.sol";
import {Holding, Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Price, Validity} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";

/// @title Shorts hedged with spot in the same account
/// @notice Mechanism section 4. The covered part of a short is min(|short|, seasoned spot of the market's underlying). It asks for the
/// market's hedged maintenance rate only, twice that as initial margin, and the spot that covers it counts without a haircut.
/// @dev An asset covers shorts of the one market that names it and that it names itself, so no spot covers twice.
library HedgeLogic {
    /// @notice Spot that covers a short stays while its market is under stress. Base, WAD.
    /// @param coveredBefore part of the short that was covered
    /// @param coveredAfter part that would be
    error HedgeLocked(uint32 account, uint8 market, uint256 coveredBefore, uint256 coveredAfter);

    /// @dev A position is hedged when at least this part of it is covered, ppm.
    uint256 internal constant HEDGED_FROM = 950_000;

    /// @dev A market is under stress for this long after positions in it were torn up, charged or closed at mark.
    uint256 internal constant STRESS_TIME = 30 minutes;

    /// @dev A market is under stress while mark and index are farther apart than this part of the index, ppm.
    uint256 internal constant STRESS_BASIS = 10_000;

    /// @notice The seasoned spot an account has behind a market, and the haircut the covered part of it is spared.
    function coverOf(
        Ledger storage ledger,
        uint32 account,
        MarketContext memory context
    ) internal view returns (Cover memory cover) {
        if (context.hedgedRate == 0 || !holdsUnderlying(ledger, account, context.spotAsset)) return cover;
        SpotAsset memory spot = ledger.spotAssets[context.spotAsset - 1];
        if (spot.market != context.market) return cover;
        cover.seasoned = ledger.spot[account][context.spotAsset - 1].seasoned();
        cover.haircut = spot.haircut;
    }

    /// @notice Whether the account holds any of a market's underlying. `listed` is 1 + its asset id, 0 without one.
    function holdsUnderlying(Ledger storage ledger, uint32 account, uint8 listed) internal view returns (bool) {
        return listed != 0 && ledger.accounts[account].spotAssets & (1 << (listed - 1)) != 0;
    }

    /// @notice The part of a position that spot covers, base, WAD. Longs are never covered.
    function covered(Cover memory cover, int256 size) internal pure returns (uint256) {
        return size >= 0 ? 0 : FixedMath.min(uint256(-size), cover.seasoned);
    }

    /// @notice What sparing the covered spot its haircut adds to equity, quote, WAD, rounded down.
    function relief(Cover memory cover, int256 size, uint256 index) internal pure returns (uint256) {
        uint256 amount = covered(cover, size);
        return amount == 0 ? 0 : (FixedMath.wadDown(amount, index) * cover.haircut) / PPM;
    }

    /// @notice Whether a position counts as hedged: at least 95 % of it is covered.
    function isHedged(Cover memory cover, int256 size) internal pure returns (bool) {
        uint256 amount = covered(cover, size);
        return amount != 0 && amount * PPM >= uint256(-size) * HEDGED_FROM;
    }

    /// @notice Maintenance margin of an exposure at a price, quote, WAD, rounded up: the covered part at the hedged rate.
    function maintenance(
        Cover memory cover,
        MarketContext memory context,
        int256 size,
        uint256 price
    ) internal pure returns (uint256) {
        return _margin(cover, size, price, context.maintenanceRate, context.hedgedRate);
    }

    /// @notice Initial margin of an exposure at a price, quote, WAD, rounded up. The covered part asks for twice the hedged
    /// rate, whatever the open interest: a hedge adds nothing to what the market would have to absorb.
    function initial(
        Cover memory cover,
        MarketContext memory context,
        int256 size,
        uint256 price
    ) internal pure returns (uint256) {
        return _margin(cover, size, price, context.initialRate, 2 * context.hedgedRate);
    }

    /// @notice Whether a market is under stress: positions in it were deleveraged in the past 30 minutes, its price is not VALID, or
    /// its mark and index are more than 1 % apart.
    function isStressed(Ledger storage ledger, uint8 market, Price memory price) internal view returns (bool) {
        if (block.timestamp < uint256(ledger.deleveragedAt[market]) + STRESS_TIME) return true;
        if (price.validity != Validity.VALID) return true;
        uint256 apart = price.mark > price.index ? price.mark - price.index : price.index - price.mark;
        return apart * PPM > price.index * STRESS_BASIS;
    }

    /// @notice Keeps the spot that tear-ups have freed to what is there and covers nothing: min(freed, spot - |short|). What the
    /// holder has since used, taken out or covered again is freed no more.
    /// @param torn size of a hedged short torn up since the last touch, base, WAD
    /// @param size of the position as it now is
    function trackFreed(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        uint8 asset,
        uint256 torn,
        int256 size
    ) internal {
        Holding storage holding = ledger.holdings[account][market];
        uint256 before = holding.freed;
        if (before + torn == 0) return;
        uint256 freed = FixedMath.min(before + torn, spare(ledger, account, asset, size));
        if (freed != before) holding.freed = uint104(freed);
    }

    /// @notice Spot beyond what a position could use as cover, WAD.
    function spare(Ledger storage ledger, uint32 account, uint8 asset, int256 size) internal view returns (uint256) {
        uint256 amount = ledger.spot[account][asset].amount;
        uint256 short = size < 0 ? uint256(-size) : 0;
        return amount > short ? amount - short : 0;
    }

    function _margin(
        Cover memory cover,
        int256 size,
        uint256 price,
        uint256 rate,
        uint256 hedgedRate
    ) private pure returns (uint256 margin) {
        uint256 amount = covered(cover, size);
        margin = FixedMath.wadUp(FixedMath.wadUp(FixedMath.abs(size) - amount, price), rate);
        if (amount != 0) margin += FixedMath.wadUp(FixedMath.wadUp(amount, price), hedgedRate);
    }
}
