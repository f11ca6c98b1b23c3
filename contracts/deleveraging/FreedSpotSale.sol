// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IUniswapV3SwapCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3SwapCallback.sol";
import {IUniswapV3Factory} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Factory.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {FixedMath, PPM} from "../libraries/FixedMath.sol";
import {Action} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";

/// @title The sale of spot whose short was torn up
/// @notice Mechanism section 8. Once all directional winners are gone, a deleveraging takes hedges too, and leaves their holders with
/// naked spot. Who has asked for it beforehand ends flat instead: anyone may then sell exactly the freed quantity in the pool the account
/// has named, at no worse than the price it has named, for a tip. The ledger counts what was freed, and gives up no more and only once.
/// @dev It holds nothing between calls. A pool that lies can take no more than one sale's spot and has to pay for it in that call.
contract FreedSpotSale is IUniswapV3SwapCallback, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice How an account wants its freed spot sold.
    /// @param pool a pool of the factory, of the market's underlying against the quote token; zero: not at all
    /// @param worst parts per million below the index at most, fees and tip included; the asset's haircut bounds it further, so
    /// that no sale lowers the account's equity
    /// @param tip of the proceeds, parts per million, to whoever makes the sale
    struct Mandate {
        IUniswapV3Pool pool;
        uint24 worst;
        uint24 tip;
    }

    /// @dev Uniswap's bounds of a price, which a swap may not reach.
    uint160 private constant LOWEST = 4295128740;
    uint160 private constant HIGHEST = 1461446703485210103287273052203988822378723970341;

    /// @notice Only the account's owner says how its spot is sold.
    error NotOwner(uint32 account, address caller);
    /// @notice The pool is not one of the factory's for the market's underlying and the quote token.
    error UnknownPool(IUniswapV3Pool pool, address spot, address quote);
    /// @notice A mandate's price or tip is beyond 100 %. Parts per million.
    error UnsafeMandate(uint24 worst, uint24 tip);
    /// @notice The account has not asked for its freed spot to be sold.
    error NoMandate(uint32 account, uint8 market);
    /// @notice The account would get less than the worst price it has named. Quote tokens.
    error WorseThanNamed(uint32 account, uint256 credited, uint256 least);
    /// @notice The pool took another amount of spot than it was offered. Spot tokens.
    error NotSoldWhole(IUniswapV3Pool pool, uint256 offered, uint256 taken);
    /// @notice Only the pool of a sale that is running may ask for its spot.
    error UnexpectedCallback(address caller);

    /// @notice How an account wants its freed spot sold has changed.
    event MandateSet(uint32 indexed account, uint8 indexed market, Mandate mandate);

    /// @notice Freed spot was sold and its account credited.
    /// @param sold spot tokens
    /// @param credited quote tokens
    /// @param tip quote tokens
    event FreedSpotSold(
        uint32 indexed account,
        uint8 indexed market,
        address indexed caller,
        uint256 sold,
        uint256 credited,
        uint256 tip
    );

    IClearingHouse public immutable LEDGER;
    IMarkPrice public immutable MARK_PRICE;
    IUniswapV3Factory public immutable FACTORY;

    mapping(uint32 account => mapping(uint8 market => Mandate)) private _mandates;

    /// @dev The pool of the sale that is running, and the token it may ask for.
    IUniswapV3Pool private _pool;
    IERC20 private _spot;

    constructor(IClearingHouse ledger, IMarkPrice markPrice, IUniswapV3Factory factory) {
        LEDGER = ledger;
        MARK_PRICE = markPrice;
        FACTORY = factory;
    }

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @notice Says how an account's freed spot is to be sold from now on; with the zero pool, not at all. Only the owner: an
    /// operator may trade, and this decides where money goes.
    function setMandate(uint32 account, uint8 market, Mandate calldata mandate) external {
        if (LEDGER.accountData(account).owner != msg.sender) revert NotOwner(account, msg.sender);
        if (mandate.worst >= PPM || mandate.tip >= PPM) revert UnsafeMandate(mandate.worst, mandate.tip);
        if (address(mandate.pool) != address(0)) _requireKnown(mandate.pool, market);
        _mandates[account][market] = mandate;
        emit MandateSet(account, market, mandate);
    }

    /// @notice Sells spot that tear-ups have freed of an account's cover, all of it or at most `most`, and credits the account. Anyone.
    /// @dev Needs a VALID price. Reverts unless the account is credited at least the index less what it has named, tip deducted.
    /// @param most WAD of the asset, rounded down to the token's decimals
    /// @return sold spot tokens
    /// @return credited quote tokens, rounded down; the tip is rounded down too
    function sell(
        uint32 account,
        uint8 market,
        uint256 most
    ) external nonReentrant returns (uint256 sold, uint256 credited) {
        Mandate memory mandate = _mandates[account][market];
        if (address(mandate.pool) == address(0)) revert NoMandate(account, market);
        uint256 least = _leastFor(market, mandate.worst);
        address spot;
        (spot, sold) = LEDGER.releaseFreedSpot(account, market, most);
        IERC20 quote = IERC20(LEDGER.quoteToken());
        uint256 proceeds = _swap(mandate.pool, IERC20(spot), quote, sold);
        uint256 tip = (proceeds * mandate.tip) / PPM;
        credited = proceeds - tip;
        least = FixedMath.divUp(least * sold, LEDGER.quoteScale() * 10 ** _decimalsOf(market));
        if (credited < least) revert WorseThanNamed(account, credited, least);
        quote.forceApprove(address(LEDGER), credited);
        LEDGER.deposit(account, credited);
        if (tip != 0) quote.safeTransfer(msg.sender, tip);
        emit FreedSpotSold(account, market, msg.sender, sold, credited, tip);
    }

    /// @inheritdoc IUniswapV3SwapCallback
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        if (msg.sender != address(_pool)) revert UnexpectedCallback(msg.sender);
        _spot.safeTransfer(msg.sender, uint256(amount0 > 0 ? amount0 : amount1));
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice How an account wants its freed spot sold.
    function mandateOf(uint32 account, uint8 market) external view returns (Mandate memory) {
        return _mandates[account][market];
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    /// @dev Sells an exact amount; what counts is what came and what went, not what the pool says of it.
    function _swap(IUniswapV3Pool pool, IERC20 spot, IERC20 quote, uint256 amount) private returns (uint256 proceeds) {
        uint256 held = spot.balanceOf(address(this));
        uint256 before = quote.balanceOf(address(this));
        (_pool, _spot) = (pool, spot);
        bool down = address(spot) < address(quote);
        pool.swap(address(this), down, int256(amount), down ? LOWEST : HIGHEST, "");
        (_pool, _spot) = (IUniswapV3Pool(address(0)), IERC20(address(0)));
        uint256 taken = held - spot.balanceOf(address(this));
        if (taken != amount) revert NotSoldWhole(pool, amount, taken);
        return quote.balanceOf(address(this)) - before;
    }

    /// @dev The least the account accepts for a unit of spot, quote, WAD.
    function _leastFor(uint8 market, uint256 worst) private returns (uint256) {
        uint256 haircut = _assetOf(market).haircut;
        uint256 index = MARK_PRICE.priceFor(market, Action.DELEVERAGE).index;
        return FixedMath.divUp(index * (PPM - FixedMath.min(worst, haircut)), PPM);
    }

    function _requireKnown(IUniswapV3Pool pool, uint8 market) private view {
        (address spot, address quote) = (_assetOf(market).token, LEDGER.quoteToken());
        if (FACTORY.getPool(spot, quote, pool.fee()) != address(pool)) revert UnknownPool(pool, spot, quote);
    }

    function _decimalsOf(uint8 market) private view returns (uint256) {
        return _assetOf(market).decimals;
    }

    function _assetOf(uint8 market) private view returns (SpotAsset memory) {
        uint8 listed = LEDGER.marketConfig(market).spotAsset;
        return LEDGER.spotAsset(listed == 0 ? type(uint8).max : listed - 1);
    }
}
